"""Notices: each way's own sequence, strangers' words kept within it, quiet hours, the status file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unibox_tui.config.notify import Notify
from unibox_tui.host import notices

HOSTILE = "Hà\x1b]52;c;cm0gLXJm\x07; [@click=quit]\nhai dòng\u202e"


@pytest.mark.parametrize("way", ["osc9", "osc777", "osc99"])
def test_strangers_words_cannot_end_the_sequence(way: str) -> None:
    made = notices.sequence(way, HOSTILE, HOSTILE)
    number = way.removeprefix("osc")
    assert made.startswith(f"\x1b]{number};")
    inner = re.split(r"\x1b\\", made)
    assert inner[-1] == ""
    assert all(part.count("\x1b") == 1 for part in inner[:-1])
    assert "\x07" not in made
    assert "\n" not in made
    assert "52;c" not in made


def test_the_bell_is_only_a_bell() -> None:
    assert notices.sequence("bell", HOSTILE, HOSTILE) == "\a"


@pytest.mark.parametrize(
    ("minute", "quiet"), [(22 * 60, True), (3 * 60, True), (7 * 60, False), (12 * 60 + 30, True), (13 * 60, False)]
)
def test_quiet_hours_go_over_midnight(minute: int, quiet: bool) -> None:
    assert Notify(quiet=("22:00-07:00", "12:00-13:00")).is_quiet(minute) is quiet


def test_wrong_settings_are_named_and_the_status_file_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="osc8"):
        Notify(ways=("osc8",))
    with pytest.raises(ValueError, match="10-22"):
        Notify(quiet=("10-22",))
    notices.write_status(str(tmp_path / "status"), "Mine 3 Waiting 99+!")
    assert (tmp_path / "status").read_text() == "Mine 3 Waiting 99+!\n"
    notices.write_status(str(tmp_path / "no" / "folder"), "x")


def test_a_program_gets_the_words_on_its_input_only(tmp_path: Path) -> None:
    notices._run(["sh", "-c", f"cat > {tmp_path}/told; echo $# > {tmp_path}/count"], "Hà\n$(id)\n")
    assert (tmp_path / "told").read_text() == "Hà\n$(id)\n"
    assert (tmp_path / "count").read_text() == "0\n"
