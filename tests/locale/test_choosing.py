"""Which language the screen speaks: asked for, set, else the terminal's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from unibox_tui import front, locale
from unibox_tui.host.paths import Home


@pytest.mark.parametrize(
    ("variables", "got"),
    [
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi_VN.UTF-8", "LC_MESSAGES": "th_TH.UTF-8"}, "th"),
        ({"LANG": "th_TH", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_terminals_locale(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], got: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert front.locale_language() == got


@pytest.mark.parametrize(
    ("asked", "setting", "terminal", "got"),
    [
        ("th", "vi", "en", "th"),
        ("", "vi", "th", "vi"),
        ("", "", "th", "th"),
        ("", "en", "vi", "en"),
        ("", "", "en", "en"),
    ],
)
def test_asked_before_set_before_the_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: str, setting: str, terminal: str, got: str
) -> None:
    home = Home.find(tmp_path / "home")
    home.prepare()
    home.config.write_text(f'[ui]\nlanguage = "{setting}"\n' if setting else "")
    monkeypatch.setenv("LC_ALL", f"{terminal}_XX.UTF-8")
    monkeypatch.setattr("sys.stdin", _Terminal())
    monkeypatch.setattr("sys.stdout", _Terminal())
    monkeypatch.setattr("sys.stderr", _Terminal())
    monkeypatch.setattr(front, "ensure_service", lambda home: None)
    spoken: list[str] = []

    def run(coroutine: object) -> int:
        coroutine.close()  # type: ignore[attr-defined]
        spoken.append(locale.language())
        return 0

    monkeypatch.setattr(asyncio, "run", run)
    assert front.main(home, language=asked, me="an") == 0
    assert spoken == [got]


class _Terminal:
    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass

    def fileno(self) -> int:
        return 1
