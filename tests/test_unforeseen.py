"""What nobody foresaw ends the app with one line: no trace, nothing a customer wrote, and the draft is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.test_prepaint import Screen, home
from unibox_tui.store.database import Database

__all__ = ["home"]
pytestmark = pytest.mark.server
_BROKEN = """
import sys
from unibox_tui.screens import {module} as module
def broken(self, *of, **named):
    words = "số của chị là 0912 345 678"
    raise RuntimeError(words)
module.{cls}.{method} = broken
from unibox_tui.__main__ import main
sys.exit(main())
"""


class Broken(Screen):
    def __init__(self, home: Path, code: str) -> None:
        self.program = (sys.executable, "-c", code)
        super().__init__(home, 120, 40)


def ended(app: Broken) -> str:
    assert app.process.wait(20) == 1
    said = app.rest().decode()
    assert "unibox: Something was not foreseen: RuntimeError." in said
    assert "0912" not in said
    assert "Traceback" not in said
    return said


def test_a_key_that_fails_keeps_the_draft(home: Path) -> None:
    app = Broken(home, _BROKEN.format(module="inbox", cls="InboxScreen", method="draw_anew"))
    try:
        app.until(b"help")
        os.write(app.master, b"r")
        app.until(b"attach")
        os.write(app.master, "Dạ shop đây".encode())
        app.until("đây".encode())
        os.write(app.master, b"\x0c")
        ended(app)
    finally:
        app.close()
    with Database(home / "unibox.db") as db:
        kept = db.read_now(lambda c: c.execute("SELECT text FROM draft").fetchall())
    assert "Dạ shop đây" in [row["text"] for row in kept]


def test_work_beside_that_fails(home: Path) -> None:
    app = Broken(home, _BROKEN.format(module="thread_controller", cls="ThreadController", method="open"))
    try:
        ended(app)
    finally:
        app.close()
