from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from unibox_tui.domain.errors import Refused
from unibox_tui.host import checks, mounts, ownership
from unibox_tui.host.checks import inspect, refuse_if_unsafe
from unibox_tui.host.findings import Finding, Level
from unibox_tui.host.locks import FileLock
from unibox_tui.host.paths import Home
from unibox_tui.store.database import Database
from unibox_tui.store.examine import drop_planted, examine


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    found = Home.find(tmp_path / "box", {})
    found.prepare()
    with Database(found.database):
        yield found


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Home]:
    store = tmp_path / "team"
    store.mkdir()
    store.chmod(0o3770)
    found = Home.find(tmp_path / "mai", {}).with_store(str(store))
    found.prepare()
    with Database(found.database):
        yield found


def only(home: Home, about: str) -> Finding:
    found = [finding for finding in inspect(home) if about in finding.what]
    assert len(found) == 1, [finding.what for finding in inspect(home)]
    return found[0]


def test_a_good_home_has_no_findings(home: Home) -> None:
    assert inspect(home, thorough=True) == []
    refuse_if_unsafe(home)


def test_a_good_team_has_no_findings(team: Home) -> None:
    assert inspect(team) == []
    refuse_if_unsafe(team)


def test_a_home_not_begun_is_only_noted_and_made(tmp_path: Path) -> None:
    home = Home.find(tmp_path / "new", {})
    findings = inspect(home)
    assert {finding.level for finding in findings} == {Level.NOTE}
    refuse_if_unsafe(home)
    assert findings[0].mend is not None
    findings[0].mend()
    assert inspect(home) == []


@pytest.mark.parametrize(
    ("which", "mode", "level"),
    [
        ("", 0o755, Level.WARNING),
        ("", 0o777, Level.ERROR),
        ("media", 0o750, Level.WARNING),
        ("unibox.db", 0o644, Level.ERROR),
        ("unibox.db", 0o640, Level.WARNING),
        ("unibox.db", 0o400, Level.ERROR),
    ],
)
def test_modes_of_a_private_store(home: Home, which: str, mode: int, level: Level) -> None:
    path = home.store / which
    path.chmod(mode)
    finding = only(home, f"{path} has mode {mode:04o}")
    assert finding.level is level
    assert "chmod" in finding.why
    assert finding.mend is not None
    finding.mend()
    assert inspect(home) == []


@pytest.mark.parametrize(
    ("which", "mode", "says"),
    [
        ("", 0o2770, "sticky"),
        ("run", 0o3775, "reach"),
        ("run", 0o3777, "Everybody"),
        ("unibox.db", 0o640, "only read it"),
        ("unibox.db-wal", 0o600, "only read it"),
        ("media", 0o700, "sticky"),
    ],
)
def test_modes_of_a_shared_store(team: Home, which: str, mode: int, says: str) -> None:
    path = team.store / which
    path.chmod(mode)
    finding = only(team, f"{path} has mode {mode:04o}")
    assert finding.level is Level.ERROR
    assert says in finding.why
    with pytest.raises(Refused, match=f"{mode:04o}"):
        refuse_if_unsafe(team)
    assert finding.mend is not None
    finding.mend()
    assert inspect(team) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts")
def test_owners_and_groups(home: Home, team: Home) -> None:
    os.chown(home.database, 60001, -1)
    assert only(home, f"{home.database} belongs to uid60001").level is Level.ERROR
    for wrong in inspect(home):  # looking at it has made a log of the same owner
        assert wrong.mend is not None
        wrong.mend()
    assert inspect(home) == []
    os.chown(team.media, -1, 60002)
    finding = only(team, "another group")
    assert finding.mend is not None
    finding.mend()
    assert inspect(team) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other accounts")
def test_a_store_others_cannot_open_for_the_kernel_s_sake(
    team: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(team.database, 60001, -1)
    monkeypatch.setattr(ownership, "_PROTECTED", tmp_path / "protected")
    (tmp_path / "protected").write_text("1\n")
    assert inspect(team) == []
    (tmp_path / "protected").write_text("2\n")
    found = inspect(team)  # looking at it has made a log of the same owner
    assert str(team.database) in {finding.what.split(" belongs to uid60001")[0] for finding in found}
    for finding in found:
        assert "fs.protected_regular" in finding.why
        assert finding.mend is not None
        finding.mend()
    assert inspect(team) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another account")
def test_a_colleague_in_a_private_store_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 60001)
    assert only(home, "you are uid60001").level is Level.ERROR
    assert only(home, "you are uid60001").mend is None


def test_links_are_errors_and_never_mended(home: Home) -> None:
    home.bell.symlink_to("/etc/passwd")
    finding = only(home, f"{home.bell} is a link to '/etc/passwd'")
    assert finding.level is Level.ERROR
    assert finding.mend is None
    with pytest.raises(Refused, match="is a link"):
        refuse_if_unsafe(home)


def test_a_link_among_the_kept_files_is_found_by_the_doctor(home: Home) -> None:
    inside = home.media / "ab" / ("0" * 62)
    inside.parent.mkdir(parents=True)
    inside.symlink_to("/etc/shadow")
    finding = only(home, f"{inside} is a link to '/etc/shadow'")
    assert finding.level is Level.ERROR
    assert finding.mend is None
    refuse_if_unsafe(home)  # it does not walk all the files at each start


def test_a_planted_trigger_is_found_named_and_removed(home: Home) -> None:
    with closing(sqlite3.connect(home.database)) as db:
        db.execute('CREATE TRIGGER "ev""il" AFTER INSERT ON message BEGIN DELETE FROM message; END')
    finding = only(home, 'trigger ev"il that unibox did not make')
    assert finding.level is Level.ERROR
    with pytest.raises(Refused, match="trigger"):
        refuse_if_unsafe(home)
    assert finding.mend is not None
    finding.mend()
    assert inspect(home) == []
    with pytest.raises(ValueError, match="not a planted"):
        drop_planted(home.database, "trigger event_is_immutable")
    with pytest.raises(ValueError, match="not a planted"):
        drop_planted(home.database, "table message")


def test_what_somebody_took_away_or_changed_is_found(home: Home) -> None:
    with closing(sqlite3.connect(home.database)) as db:
        db.execute("DROP TRIGGER event_is_immutable")
        db.execute("DROP INDEX message_thread")
        db.execute("CREATE INDEX message_thread ON message (n)")
        db.execute("CREATE TABLE mine (x)")
    seen = examine(home.database)
    assert (seen.missing, seen.changed, seen.extra) == (
        ("trigger event_is_immutable",),
        ("index message_thread",),
        ("table mine",),
    )
    assert only(home, "table mine").level is Level.WARNING
    assert only(home, "event_is_immutable").level is Level.ERROR


def test_what_is_no_database_is_an_error(tmp_path: Path) -> None:
    home = Home.find(tmp_path / "box", {})
    home.prepare()
    home.database.write_bytes(b"not a database at all" * 100)
    home.database.chmod(0o600)
    finding = only(home, "cannot be read")
    assert (finding.level, finding.why) == (Level.ERROR, "Restore it from a backup.")


@pytest.mark.parametrize(("free", "says"), [(0, "make room"), (5_000, "look at the disk")])
def test_a_store_the_disk_does_not_let_us_open_is_not_called_spoiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, says: str
) -> None:
    home = Home.find(tmp_path / "box", {})
    home.prepare()
    with Database(home.database):
        pass
    home.database.with_name("unibox.db-wal").mkdir()  # what SQLite must make beside the store cannot be made
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: SimpleNamespace(free=free << 20))
    with pytest.raises(Refused) as refused:
        refuse_if_unsafe(home)
    assert says in refused.value.message
    assert "backup" not in refused.value.message


def test_a_store_of_a_newer_unibox(home: Home) -> None:
    with closing(sqlite3.connect(home.database, isolation_level=None)) as db:
        db.execute("UPDATE meta SET value = '9999' WHERE key = 'schema'")
    assert only(home, "newer unibox").level is Level.ERROR


def test_damage_is_found_when_asked_thoroughly(tmp_path: Path) -> None:
    home = Home.find(tmp_path / "box", {})
    home.prepare()
    with Database(home.database, checkpoints=True) as db:
        db.write_now(lambda tx: [tx.changed("conversation", n) for n in range(5000)])
    data = bytearray(home.database.read_bytes())
    middle = len(data) // 8192 * 4096
    data[middle : middle + 2 * 4096] = os.urandom(2 * 4096)
    home.database.write_bytes(data)
    assert any(finding.level is Level.ERROR for finding in inspect(home, thorough=True))


def test_secrets_and_configuration_open_to_others(home: Home) -> None:
    secrets = home.config_folder / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "shop-a.password").write_text("s3cret")
    (secrets / "shop-a.password").chmod(0o644)
    home.config.write_text("")
    home.config.chmod(0o664)
    leaked = only(home, "shop-a.password can be read")
    assert leaked.level is Level.ERROR
    assert "change it" in leaked.why
    for finding in (leaked, only(home, "others can write it")):
        assert finding.mend is not None
        finding.mend()
    assert inspect(home) == []


def test_network_file_systems_are_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "file_system_of", lambda _: "nfs4")
    with pytest.raises(Refused, match=r"network file system \(nfs4"):
        refuse_if_unsafe(home)


def test_file_system_of_the_deepest_and_latest_mount(tmp_path: Path) -> None:
    table = "\n".join(
        [
            "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda rw",
            f"30 22 0:50 / {tmp_path} rw - tmpfs tmpfs rw",
            f"31 22 0:51 / {str(tmp_path / 'a b').replace(' ', chr(92) + '040')} rw - ext4 /dev/vdb rw",
            f"32 22 0:52 / {str(tmp_path / 'a b').replace(' ', chr(92) + '040')} rw shared:7 - nfs4 host:/x rw",
        ]
    )
    (tmp_path / "a b" / "c").mkdir(parents=True)
    (tmp_path / "a bc").mkdir()
    assert mounts.file_system_of(tmp_path / "a b" / "c", table) == "nfs4"
    assert mounts.file_system_of(tmp_path / "a bc", table) == "tmpfs"
    assert mounts.file_system_of(Path("/"), table) == "ext4"
    assert mounts.file_system_of(Path("/"), "") == ""


@pytest.mark.parametrize(("free", "level"), [(500, Level.WARNING), (50, Level.ERROR)])
def test_a_full_disk(home: Home, monkeypatch: pytest.MonkeyPatch, free: int, level: Level) -> None:
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: SimpleNamespace(free=free << 20))
    assert only(home, f"{free} MB are free").level is level
    refuse_if_unsafe(home)  # what is there can still be read


def test_running_and_missing_services(home: Home) -> None:
    with FileLock.take_or_fail(home.service_lock, "it") as lock:
        lock.write_note("pid 7 of mai")
        assert only(home, "A service runs (pid 7 of mai)").level is Level.NOTE
    with FileLock.take_or_fail(home.apps_lock, "it", shared=True):
        assert only(home, "no service runs").level is Level.WARNING


HOLDS_THE_LOCK = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(60)
"""


def test_whoever_holds_the_write_lock_is_named_and_woken(home: Home) -> None:
    import signal

    child = subprocess.Popen([sys.executable, "-c", HOLDS_THE_LOCK, str(home.database)], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        assert only(home, f"Process {child.pid} of ").level is Level.NOTE
        os.kill(child.pid, signal.SIGSTOP)
        ends = time.monotonic() + 10
        while mounts.process_state(child.pid) != "T" and time.monotonic() < ends:
            time.sleep(0.01)
        finding = only(home, f"Process {child.pid} of ")
        assert finding.level is Level.ERROR
        assert "stopped" in finding.what
        assert finding.mend is not None
        finding.mend()
        while mounts.process_state(child.pid) == "T" and time.monotonic() < ends:
            time.sleep(0.01)
        assert only(home, f"Process {child.pid} of ").level is Level.NOTE
    finally:
        child.kill()
        child.wait()
    assert inspect(home) == []


def test_a_clock_that_is_wrong(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    os.utime(home.database, (time.time() + 9000, time.time() + 9000))
    assert only(home, "written in the future").level is Level.WARNING
    monkeypatch.setattr(checks.time, "time", lambda: 86_400.0)
    assert only(home, "years behind").level is Level.ERROR


def test_worst_comes_first(home: Home) -> None:
    home.store.chmod(0o755)
    home.bell.symlink_to("/nowhere")
    home.raw.rmdir()
    assert [finding.level for finding in inspect(home)] == [Level.ERROR, Level.WARNING, Level.NOTE]
