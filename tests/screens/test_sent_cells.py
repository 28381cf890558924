"""After any keys the terminal shows what a full repaint would show."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable

import pytest

from tests.screens.test_tmux import Tmux, tmux  # noqa: F401

pytestmark = [pytest.mark.server, pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")]

KEYS = (
    "j",
    "j",
    "j",
    "Enter",
    "j",
    "Escape",
    "NPage",
    "j",
    "k",
    "PPage",
    "G",
    "g",
    "2",
    "1",
    "?",
    "Escape",
    "i",
    "Escape",
)


def at_rest(app: Tmux) -> list[str]:
    before: list[str] = []
    for _ in range(100):
        time.sleep(0.15)
        now = app.screen
        if now == before:
            return now
        before = now
    raise AssertionError("the screen never came to rest")


@pytest.mark.parametrize(("columns", "lines"), [(120, 30), (80, 24)])
def test_keys_leave_what_a_full_repaint_shows(tmux: Callable[..., Tmux], columns: int, lines: int) -> None:  # noqa: F811
    app = tmux(columns, lines)
    app.see("Nguyễn Thị Hà")
    for count, key in enumerate(KEYS):
        app.keys(key)
        if count % 5 == 4:
            time.sleep(0.4)
    step_by_step = at_rest(app)
    app.resize(columns + 1, lines)
    at_rest(app)
    app.resize(columns, lines)
    assert at_rest(app) == step_by_step
