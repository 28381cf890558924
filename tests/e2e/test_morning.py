"""The morning of the documentation, pressed key by key on the demo in tmux, the screen read back."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.house import ROOT, App, until
from unibox_tui.host.paths import agent_name

PAGE = ROOT / "docs" / "a-morning-at-the-desk.md"
NAMED = {"Enter": "Enter", "Esc": "Escape", "Tab": "Tab", "Space": "Space"}
pytestmark = [pytest.mark.server, pytest.mark.slow]


@dataclass(frozen=True)
class Step:
    """Keys as tmux knows them, or words to type, so many times; then this stands on the screen."""

    keys: tuple[tuple[str, bool], ...]  # (key or words, are they words)
    times: int
    seen: str


def script(page: str) -> list[Step]:
    steps = []
    for block in re.findall(r"^```keys\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            pressed, _, seen = line.partition("->")
            pressed, _, times = pressed.rstrip().partition(" x ")
            words = shlex.shlex(pressed.replace("\\ ", "\\\\ ", 1), posix=True, punctuation_chars=False)
            words.whitespace_split, words.commenters, words.quotes = True, "", '"'
            quoted = {shlex.split(f'"{one}"')[0] for one in re.findall(r'"((?:[^"\\]|\\.)*)"', pressed)}
            keys = tuple((word, word in quoted) for word in words)
            steps.append(Step(keys, int(times or 1), seen.strip()))
    return steps


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[App, Path]]:
    folder = tmp_path / "demo"
    environ = {
        "HOME": str(tmp_path), "TERM": "tmux-256color", "LANG": "C.UTF-8", "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    app = App([sys.executable, "-m", "unibox_tui", "--home", str(folder), "demo"], 120, 40, environ, tmp_path)
    try:
        app.see("Waiting", seconds=90)
        app.quiet()
        yield app, folder
        app.leave()
    finally:
        app.close()


def touched(folder: Path) -> set[int]:
    """Conversations in which this agent did something by key."""
    import sqlite3

    with sqlite3.connect(f"file:{folder / 'unibox.db'}?mode=ro", uri=True) as db:
        rows = db.execute(
            "SELECT DISTINCT conversation_id FROM event WHERE actor = ? AND cause = 'key' AND kind IN "
            "('conversation.status', 'conversation.labelled', 'conversation.priority')",
            (agent_name(),),
        ).fetchall()
    return {row[0] for row in rows}


def test_the_script_of_the_chapter_is_read_as_it_is_written() -> None:
    steps = script(PAGE.read_text("utf-8"))
    assert sum(step.times for step in steps if step.times > 1) == 50
    assert Step((("l", False), ("giao gấp", True), ("Enter", False), ("j", False)), 12, "labelled") in steps
    assert any(('label:"gọi lại" channel:email', True) in step.keys for step in steps)


def test_fifty_conversations_by_the_keys_of_the_chapter(demo: tuple[App, Path]) -> None:
    app, folder = demo
    for step in script(PAGE.read_text("utf-8")):
        for time in range(1, step.times + 1):
            for key, is_words in step.keys:
                app.typed(key) if is_words else app.keys(NAMED.get(key, key))
            if time == step.times and step.seen:
                app.see(step.seen)  # at once: news at the foot goes by itself
                app.quiet(seconds=0.5)  # a digit may yet be a count
            else:
                app.quiet(seconds=0.15)
    found = until(lambda: some if len(some := touched(folder)) >= 50 else None, else_=app.screen)
    assert len(found) >= 50
