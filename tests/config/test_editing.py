from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

import pytest

from unibox_tui.config import ConfigError, editing, load
from unibox_tui.config.editing import add_inbox, remove_inbox, set_value
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse

TEXT = """\
# our shop, do not touch

[workspace]
name = "Shop A"   # the brand

[inbox.roof]  # birds
channel = "pigeon"
loft = 'north'   # not the south one

# the keys we like
[keys.list]
resolve = ["e"]
"""


@pytest.fixture
def path(tmp_path: Path, pigeon: None) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    path.chmod(0o640)
    return path


def test_adding_keeps_every_other_byte(path: Path) -> None:
    add_inbox(path, "cellar", {"channel": "pigeon", "loft": "dưới hầm", "colours": ("grey",), "group": None})
    text = path.read_text()
    left = text.splitlines()
    for line in TEXT.splitlines():
        assert line in left
    assert tomllib.loads(text)["inbox"]["cellar"] == {"channel": "pigeon", "loft": "dưới hầm", "colours": ["grey"]}
    assert list(load(path, inboxes=True).inboxes) == ["roof", "cellar"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(path.parent) == ["config.toml"]


def test_added_and_removed_again_is_the_old_file(path: Path) -> None:
    before = tomllib.loads(path.read_text())
    add_inbox(path, "cellar", {"channel": "pigeon", "loft": "x"})
    remove_inbox(path, "cellar")
    assert tomllib.loads(path.read_text()) == before
    for line in TEXT.splitlines():
        assert line in path.read_text().splitlines()


def test_a_file_is_made_private_when_there_is_none(tmp_path: Path, pigeon: None) -> None:
    path = tmp_path / "new" / "config.toml"
    add_inbox(path, "roof", {"channel": "pigeon", "loft": "x"})
    set_value(path, ("workspace", "name"), "Shop A")
    set_value(path, ("keys", "list", "resolve"), ["e"])
    config = load(path, inboxes=True)
    assert (config.workspace.name, list(config.inboxes), config.keys) == (
        "Shop A",
        ["roof"],
        {"list": {"resolve": ("e",)}},
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_would_be_wrong_is_not_written(path: Path) -> None:
    for change in (
        lambda: add_inbox(path, "cellar", {"channel": "pigeon"}),
        lambda: add_inbox(path, "cellar", {"channel": "pigeon", "loft": "x", "whistle": "tweet"}),
        lambda: set_value(path, ("ui", "rows"), "huge"),
        lambda: set_value(path, ("inbox", "roof", "loft"), None),
    ):
        with pytest.raises(ConfigError):
            change()
    with pytest.raises(Conflict, match="roof already"):
        add_inbox(path, "roof", {"channel": "pigeon", "loft": "x"})
    with pytest.raises(WrongUse, match="named"):
        add_inbox(path, "../x", {"channel": "pigeon", "loft": "x"})
    with pytest.raises(NotFound, match="no inbox attic"):
        remove_inbox(path, "attic")
    assert path.read_text() == TEXT


def test_a_broken_file_is_left_to_its_owner(path: Path) -> None:
    path.write_text("[ui\n")
    with pytest.raises(ConfigError, match="not TOML"):
        set_value(path, ("ui", "rows"), "dense")
    assert path.read_text() == "[ui\n"


def test_setting_and_taking_out(path: Path) -> None:
    set_value(path, ("inbox", "roof", "paused"), True)
    assert load(path, inboxes=True).inboxes["roof"].paused
    assert "loft = 'north'   # not the south one" in path.read_text()
    set_value(path, ("inbox", "roof", "paused"), None)
    set_value(path, ("ui", "rows"), None)
    assert path.read_text() == TEXT


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "unibox.toml"
    path.rename(real)
    path.symlink_to(real)
    set_value(path, ("ui", "rows"), "dense")
    assert path.is_symlink()
    assert load(real).ui.rows == "dense"


def test_somebody_else_s_change_is_not_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = editing.parse

    def slow(text: str, *rest: object, **more: object) -> object:
        path.write_text(TEXT + "# changed meanwhile\n")
        return real(text, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(editing, "parse", slow)
    with pytest.raises(Conflict, match="changed by somebody else"):
        set_value(path, ("ui", "rows"), "dense")
    assert path.read_text() == TEXT + "# changed meanwhile\n"
