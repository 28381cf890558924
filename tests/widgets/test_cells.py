"""What is sent for a change brings any terminal to the same picture as painting everything anew."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import pytest
from rich.segment import Segment
from rich.style import Style

from unibox_tui.domain.words import CHANNEL_MARKS
from unibox_tui.text.width import width
from unibox_tui.widgets.cells import Cells, sgr
from unibox_tui.widgets.palette import GLYPHS
from unibox_tui.widgets.plain import plain

COLUMNS, LINES = 60, 12
STYLES = [Style(), Style(bold=True), Style(dim=True), Style(reverse=True), Style(underline=True)]
TEXTS = [
    "đơn hàng",
    "สินค้ายังไม่ถึง",
    "น้ำใจ",
    "a",
    "parcel  and   blanks",
    "漢字",
    "────",
    "●",
    "📎 x.jpg",
    "👍🏽",
    " " * 20,
    "│",
]


def colour_codes(style: Style) -> str:
    from rich.color import ColorSystem

    return sgr(ColorSystem.EIGHT_BIT)(style)


def put(cells: Cells, x: int, y: int, text: str, style: Style | None = None) -> None:
    cells.put(x, y, [Segment(text, style or Style())])


def fresh() -> Cells:
    cells = Cells(COLUMNS, LINES, colour_codes)
    cells.forget(cleared=True)
    return cells


def test_nothing_is_sent_for_what_stands_there() -> None:
    cells = fresh()
    put(cells, 0, 0, "Nguyễn Thị Hà", Style(bold=True))
    assert cells.changes()
    put(cells, 0, 0, "Nguyễn Thị Hà", Style(bold=True))
    assert cells.changes() == ""


def test_only_the_cells_that_differ_are_sent() -> None:
    cells = fresh()
    put(cells, 0, 3, "waiting for the parcel")
    cells.changes()
    put(cells, 0, 3, "waiting 4or the parcel")
    assert cells.changes() == "\x1b[4;9H4"


def test_the_rest_of_a_line_is_erased_not_overwritten() -> None:
    cells = fresh()
    put(cells, 0, 2, "x" * COLUMNS)
    cells.changes()
    put(cells, 0, 2, "x" * 5 + " " * (COLUMNS - 5))
    assert cells.changes() == "\x1b[3;6H\x1b[K"


def test_a_cursor_mark_goes_down_by_line_ends() -> None:
    cells = fresh()
    for y in (4, 5, 6):
        put(cells, 0, y, "▌")
    assert cells.changes() == "\x1b[5;1H▌\r\n▌\r\n▌"


def test_after_an_emoji_positions_are_absolute() -> None:
    cells = fresh()
    put(cells, 10, 0, "📎 x")
    sent = cells.changes()
    assert "📎\x1b[13G" in sent


def test_after_forgetting_everything_is_sent_again() -> None:
    cells = fresh()
    put(cells, 0, 0, "abc")
    first = cells.changes()
    cells.forget(cleared=True)
    assert cells.changes() == first
    cells.forget()
    assert "abc" in cells.changes()


def test_a_blank_with_a_colour_behind_it_is_no_empty_cell() -> None:
    cells = fresh()
    put(cells, 0, 0, "   ", Style(bgcolor="color(235)"))
    assert "48;5;235" in cells.changes()


@pytest.mark.server
@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
@pytest.mark.parametrize("seed", range(6))
def test_many_changes_end_in_the_picture_of_a_full_repaint(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    cells = fresh()
    sent = []
    for _ in range(120):
        for _ in range(rng.randrange(1, 5)):
            text = rng.choice(TEXTS) * rng.randrange(1, 3)
            put(cells, rng.randrange(COLUMNS), rng.randrange(LINES), text, rng.choice(STYLES))
        sent.append(cells.changes())
    cells.forget(cleared=True)
    assert shown(tmp_path, "".join(sent)) == shown(tmp_path, cells.changes())


def shown(tmp_path: Path, sequence: str) -> list[list[tuple[str, str]]]:
    """What tmux shows after this: each line's characters with their style."""
    script = tmp_path / f"{uuid4().hex}.bin"
    script.write_bytes(b"\x1b[?7l\x1b[2J" + sequence.encode() + b"\x1b[?25l")
    socket = f"unibox-test-{uuid4().hex[:8]}"
    base = ["tmux", "-u", "-f", "/dev/null", "-L", socket]
    size = ["-x", str(COLUMNS), "-y", str(LINES)]
    subprocess.run([*base, "new-session", "-d", *size, f"cat {script}; sleep 60"], check=True)
    try:
        before = None
        for _ in range(100):
            time.sleep(0.05)
            now = subprocess.run([*base, "capture-pane", "-p", "-e"], capture_output=True, text=True, check=True).stdout
            if now == before and now.strip():
                return read(now)
            before = now
        raise AssertionError("the picture never came to rest")
    finally:
        subprocess.run([*base, "kill-server"], check=False, capture_output=True)


def read(captured: str) -> list[list[tuple[str, str]]]:
    lines: list[list[tuple[str, str]]] = [[]]
    style = ""
    for codes, character in re.findall(r"\x1b\[([\d;]*)m|(.|\n)", captured):
        if character == "\n":
            lines.append([])
        elif character:
            lines[-1].append((character, style))
        elif codes.partition(";")[0] in ("0", ""):
            style = codes.partition(";")[2]
        elif codes not in ("39", "49"):
            style += ";" + codes
    for line in lines:
        while line and line[-1] == (" ", ""):
            line.pop()
    return [[(character, style.strip(";")) for character, style in line] for line in lines]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("☎  Cuộc gọi “nhỡ”…", 'T  Cuộc gọi "nhỡ"~'),
        ("chào 👍🏽 🙏 🦄 ❤️", "chào +1 /\\ [] <3"),
        ("น้ำใจ ─── ✓✓", "น้ำใจ --- vv"),
    ],
)
def test_without_symbols_letters_stay_and_the_rest_is_ascii_of_the_same_width(text: str, shown: str) -> None:
    cells = Cells(COLUMNS, LINES, colour_codes, symbols=False)
    cells.put(0, 0, [Segment(text)])
    assert shown in re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", cells.changes())
    assert width(plain(text)) == width(text)


def test_every_symbol_of_the_screen_has_an_ascii_likeness() -> None:
    for symbol, _ in GLYPHS.values():
        assert plain(symbol).isascii(), symbol
    assert all(plain(mark).isascii() for mark in CHANNEL_MARKS.values())
