"""Being told, on a real terminal: switched on while the app runs, by bell, notice, program and status line; quiet hours."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.house import App, never, until
from tests.screens.test_resize_storm import app, world  # noqa: F401  fixtures
from tests.support.world import World
from unibox_tui.config import editing

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
]
ALWAYS = ["00:00-12:00", "12:00-00:00"]


def test_told_at_once_when_switched_on_and_not_in_quiet_hours(app: App, world: World, tmp_path: Path) -> None:  # noqa: F811
    config = world.db.path.parent / "config.toml"
    told, status = tmp_path / "told", tmp_path / "status"
    program = tmp_path / "tell"
    program.write_text(f"#!/bin/sh\necho $# >> {told}\ncat >> {told}\n")
    program.chmod(0o755)

    def lines() -> list[str]:
        return told.read_text("utf-8").splitlines() if told.exists() else []

    def written() -> bytes:
        return app.raw.read_bytes() if app.raw.exists() else b""

    def customer(n: int, text: str) -> None:
        world.now = world.db.now() + 1_000
        world.chat(1, f"khach{n}", text, name=f"Khách {n}")

    app.see("r reply")
    app.keys("j")
    customer(3, "chưa ai biết")
    app.see("chưa ai biết")
    assert lines() == []

    for key, value in (("ways", ["bell", "osc9"]), ("command", [str(program)]), ("status_file", str(status))):
        editing.set_value(config, ("notify", key), value)
    app.quiet(seconds=1.0)
    customer(4, "Shop ơi; \x1b]0;tên cửa sổ\x07 đâu rồi")
    until(lambda: len(lines()) == 3, else_=lambda: f"{lines()}\n{app.screen()}")
    assert lines()[0] == "0"  # nobody's words are an argument
    assert lines()[2].startswith("Shop ơi;")
    until(lambda: b"\x1b]9;" in written())
    out = written()
    assert b"\x07" in out
    assert b"\x1b]0;t" not in out  # what they wrote is no sequence of ours
    until(lambda: status.exists() and "30" in status.read_text("utf-8"), else_=app.screen)
    assert status.stat().st_mode & 0o077 == 0

    editing.set_value(config, ("notify", "quiet"), ALWAYS)
    app.quiet(seconds=1.0)
    customer(5, "đêm rồi mà vẫn hỏi")
    app.see("đêm rồi")
    never(lambda: len(lines()) != 3, seconds=0.5)
    app.keys("Q")
    app.see("ENDED 0")
