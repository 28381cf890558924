from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from unibox_tui.domain.errors import Refused, WrongUse
from unibox_tui.host.files import is_shared, open_file, write_atomic, write_new
from unibox_tui.host.paths import Home, agent_name


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_named_folder_holds_everything(tmp_path: Path) -> None:
    home = Home.find(tmp_path / "box", {"HOME": "/home/mai", "UNIBOX_HOME": "/elsewhere"})
    assert home.root == tmp_path / "box"
    assert home.config == tmp_path / "box/config.toml"
    assert home.database == tmp_path / "box/unibox.db"
    assert {home.bell, home.run, home.media, home.raw, home.spool, home.exports} == {
        tmp_path / "box" / name for name in ("bell", "run", "media", "raw", "spool", "exports")
    }


def test_environment_names_the_folder_when_the_command_does_not(tmp_path: Path) -> None:
    assert Home.find(None, {"HOME": "/home/mai", "UNIBOX_HOME": str(tmp_path)}).store == tmp_path
    assert Home.find(None, {"HOME": "/home/mai", "UNIBOX_HOME": "~/box"}).store == Path("/home/mai/box")
    assert Home.find("box", {"HOME": "/home/mai"}).store == Path.cwd() / "box"


def test_xdg_places() -> None:
    home = Home.find(None, {"HOME": "/home/mai"})
    assert home.config == Path("/home/mai/.config/unibox/config.toml")
    assert home.database == Path("/home/mai/.local/share/unibox/unibox.db")
    moved = Home.find(None, {"HOME": "/home/mai", "XDG_CONFIG_HOME": "/etc/mai", "XDG_DATA_HOME": "relative"})
    assert moved.config == Path("/etc/mai/unibox/config.toml")
    assert moved.database == Path("/home/mai/.local/share/unibox/unibox.db"), "relative XDG paths are ignored"


def test_empty_home_option_is_wrong_use() -> None:
    with pytest.raises(WrongUse, match="--home"):
        Home.find("", {"HOME": "/home/mai"})


def test_a_shared_store_moves_the_store_and_nothing_personal() -> None:
    home = Home.find(None, {"HOME": "/home/mai"}).with_store("/srv/unibox")
    assert {home.database.parent, home.bell.parent, home.run.parent, home.media.parent, home.raw.parent} == {
        Path("/srv/unibox")
    }
    assert home.config == Path("/home/mai/.config/unibox/config.toml")
    assert home.exports == Path("/home/mai/.local/share/unibox/exports")
    assert home.with_store("") is home


def test_prepare_makes_private_folders_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = Home.find(tmp_path / "a/box", {})
        home.prepare()
        home.prepare()
    finally:
        os.umask(before)
    assert {mode(path) for path in (home.store, home.run, home.media, home.raw, home.spool, home.exports)} == {0o700}
    assert not home.shared


def test_prepare_follows_a_shared_store(tmp_path: Path) -> None:
    store = tmp_path / "team"
    store.mkdir()
    store.chmod(0o3770)
    home = Home.find(tmp_path / "mai", {}).with_store(str(store))
    home.prepare()
    assert home.shared
    assert {mode(path) for path in (home.run, home.media, home.raw, home.spool)} == {0o3770}
    assert mode(home.exports) == 0o700


def test_prepare_for_a_group_makes_the_store_shared(tmp_path: Path) -> None:
    import grp

    home = Home.find(tmp_path / "team", {})
    home.prepare(group=grp.getgrgid(os.getegid()).gr_name)
    assert mode(home.store) == mode(home.run) == 0o3770
    with pytest.raises(WrongUse, match="no group"):
        home.prepare(group="no-such-group-here")


def test_a_loose_umask_is_no_team(tmp_path: Path) -> None:
    tmp_path.chmod(0o775)
    assert not is_shared(tmp_path)


def test_prepare_refuses_links_and_files_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "box").mkdir()
    (tmp_path / "box/media").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="link"):
        Home.find(tmp_path / "box", {}).prepare()
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refused, match="file"):
        Home.find(tmp_path / "file", {}).prepare()


def test_agent_is_the_account_and_not_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert agent_name() == pwd.getpwuid(os.geteuid()).pw_name
    assert agent_name(3_999_999) == "uid3999999"


def test_files_get_the_mode_of_their_folder(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        os.close(open_file(tmp_path / "alone"))
        tmp_path.chmod(0o3770)
        os.close(open_file(tmp_path / "together"))
    finally:
        os.umask(before)
    assert mode(tmp_path / "alone") == 0o600
    assert mode(tmp_path / "together") == 0o660
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone", "together"]


def test_files_are_not_opened_through_links(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "bell").symlink_to(tmp_path / "victim")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("bell", "dangling"):
        with pytest.raises(Refused, match="link"):
            open_file(tmp_path / name)
    assert not (tmp_path / "nowhere").exists()


def test_a_failed_atomic_write_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new")
    with pytest.raises(OSError, match="No space"):
        write_new(tmp_path / "other", b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
