"""Each look on a real terminal: the app starts, its rows stand there, and it sends only what this terminal can show."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.seed import seed
from tests.test_prepaint import screen
from unibox_tui.config import editing
from unibox_tui.host.paths import agent_name
from unibox_tui.store.database import Database
from unibox_tui.widgets.palette import GLYPHS

pytestmark = pytest.mark.server
_SGR = re.compile(r"\x1b\[([\d;]*)m")
_OTHER = re.compile(r"\x1b\[[^A-Za-z]*[A-Za-z]|\x1b[^\[]|\x1b\].*?(?:\x07|\x1b\\)")


@dataclass(frozen=True)
class Mode:
    theme: str = "dark"
    symbols: str = "unicode"
    env: dict[str, str] = field(default_factory=dict)
    colours: int = 256
    plain: bool = False


SIXTEEN = {"TERM": "xterm-16color", "COLORTERM": ""}
MODES = {
    "dark": Mode(),
    "light": Mode("light"),
    "high contrast": Mode("high-contrast"),
    "the terminal's own colours": Mode("16", colours=16),
    "dark on sixteen": Mode(env=SIXTEEN, colours=16),
    "light on sixteen": Mode("light", env=SIXTEEN, colours=16),
    "high contrast on sixteen": Mode("high-contrast", env=SIXTEEN, colours=0),
    "linux console": Mode(env={"TERM": "linux"}, colours=16, plain=True),
    "no colour": Mode(env={"NO_COLOR": "1"}, colours=0),
    "plain symbols": Mode(symbols="plain", plain=True),
    "a terminal of attributes": Mode(env={"TERM": "vt100"}, colours=0, plain=True),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("looks") / "home"
    subprocess.run([sys.executable, "-m", "unibox_tui", "--home", str(folder), "init"], check=True, capture_output=True)
    with Database(folder / "unibox.db") as db:
        seed(db, conversations=60)
        me = agent_name()
        db.write_now(lambda tx: tx.run("UPDATE conversation SET assignee = :me, status = 'open', unread = 1", me=me))
    return folder


def depth(codes: set[str]) -> int:
    """How many colours these SGR codes ask for."""
    if any("8;2;" in code for code in codes):
        return 1 << 24
    if any("8;5;" in code for code in codes):
        return 256
    parts = {part for code in codes for part in code.split(";")}
    return 16 if any(re.fullmatch(r"[39][0-7]|4[0-7]|10[0-7]", part) for part in parts) else 0


@pytest.mark.parametrize("name", MODES)
def test_a_look_starts(home: Path, name: str) -> None:
    mode = MODES[name]
    for key, value in (("theme", mode.theme), ("symbols", mode.symbols)):
        editing.set_value(home / "config.toml", ("ui", key), value)
    with screen(home, 120, 40, **mode.env) as app:
        assert app.leave() == 0
        written = app.rest().decode()
    assert depth(set(_SGR.findall(written))) == mode.colours
    text = _OTHER.sub("", _SGR.sub("", written))
    if mode.plain:
        assert [sign for sign, _ in GLYPHS.values() if not sign.isascii() and sign in text] == []
    assert GLYPHS["unread"][mode.plain] in text
    assert "help" in text
