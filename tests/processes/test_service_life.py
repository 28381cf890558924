"""One service per store: takeover, two at once, stopping, leaving with the apps, a changed configuration."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes.running import (
    ROOT,
    RUNS,
    Nursery,
    Place,
    alive,
    deliver,
    ended,
    mail,
    mail_inbox,
    make_maildir,
    processes,
    until,
    until_async,
)
from tests.support.ports import free_port
from tests.support.smtp import SmtpSink
from unibox_tui.host.locks import FileLock
from unibox_tui.store import leases


@pytest.mark.slow
def test_a_killed_service_is_replaced(nursery: Nursery, place: Callable[..., Place]) -> None:
    home = place()
    first = nursery.start(home)
    waits = nursery.start(home, wait=False)
    taken = []
    for _ in range(3):
        fence = home.value("SELECT fence FROM lease")
        at = time.monotonic()
        nursery.kill(first)
        until(lambda fence=fence: home.value("SELECT fence FROM lease") > fence, what="the heir")
        taken.append(time.monotonic() - at)
        first, waits = waits, nursery.start(home, wait=False)
        assert home.value("SELECT pid FROM lease") == first
    print(f"\ntakeover after kill -9: {', '.join(f'{one:.2f}' for one in taken)} s")
    assert max(taken) < 6.0, "the lease of a dead holder runs out by itself"
    assert waits != first


@pytest.mark.slow
def test_two_started_at_once_give_one_service_and_one_line(place: Callable[..., Place]) -> None:
    home = place()
    command = [sys.executable, "-m", "unibox_tui", "--home", str(home.folder), "serve"]
    with processes() as started:
        for _ in range(2):
            started.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True))
        until(lambda: any(one.poll() is not None for one in started), seconds=30, what="one of them leaves")
        left, stays = sorted(started, key=lambda one: one.poll() is None)
        assert left.returncode == 1
        assert left.stderr is not None
        said = left.stderr.read().strip().splitlines()
        assert len(said) == 1, said
        assert f"pid {stays.pid}" in said[0]
        assert stays.poll() is None
        assert home.value("SELECT pid FROM lease") == stays.pid


def test_a_frozen_holder_writes_nothing_when_it_wakes(nursery: Nursery, place: Callable[..., Place]) -> None:
    """Frozen past its lease, its lock file replaced, another took over: the first finds out and leaves."""
    home = place()
    first = nursery.start(home)
    time.sleep(1.0)  # what a start writes is written: nobody can take over from one that is frozen within a transaction
    nursery.kill(first, signal.SIGSTOP)
    home.home.service_lock.unlink()
    heir = nursery.start(home)
    nursery.kill(first, signal.SIGCONT)
    ended(first)
    assert alive(heir)
    assert home.value("SELECT pid FROM lease") == heir
    assert "has passed on" in home.words()


async def test_stopped_while_sending(nursery: Nursery, place: Callable[..., Place], tmp_path: Path) -> None:
    async with SmtpSink() as sink:
        sink.delay = 3600
        box = make_maildir(tmp_path / "mail", "Sent")
        home = place(mail_inbox(box, sink.port))
        service = nursery.start(home)
        deliver(box, "a", mail(1))
        await until_async(lambda: home.count("conversation"), what="the mail")
        home.reply(10_001, "Dạ em đây")
        await until_async(lambda: home.count("outbox", "state = 'sending' AND leaving_at IS NOT NULL"), what="sending")
        at = time.monotonic()
        nursery.kill(service, signal.SIGTERM)
        await until_async(lambda: not alive(service), seconds=15, what="the end")
        print(f"\nstopped while sending in {time.monotonic() - at:.1f} s")
        assert [tuple(row) for row in home.rows("SELECT state, reason IS NOT NULL FROM outbox")] == [("unknown", 1)]
        assert home.value("SELECT state FROM message WHERE direction = 'out'") == "unknown"
        assert home.db.read_now(lambda db: leases.holder(db, leases.SERVICE)) is None, "the lease was given up"
        sink.delay = 0
        at = time.monotonic()
        nursery.start(home)
        print(f"the next one ran after {time.monotonic() - at:.2f} s")
        assert "waits" not in home.words()


def test_stopped_before_the_server_answered_goes_back_to_the_queue(
    nursery: Nursery, place: Callable[..., Place], tmp_path: Path
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        box = make_maildir(tmp_path / "mail", "Sent")
        home = place(mail_inbox(box, silent.getsockname()[1]))
        service = nursery.start(home)
        deliver(box, "a", mail(1))
        until(lambda: home.count("conversation"), what="the mail")
        home.reply(10_001, "Dạ em đây")
        until(lambda: home.count("outbox", "state = 'sending'"), what="sending")
        nursery.kill(service, signal.SIGTERM)
        ended(service, seconds=15)
        assert [tuple(row) for row in home.rows("SELECT state, leaving_at FROM outbox")] == [("queued", None)]


@pytest.mark.slow
def test_started_for_apps_it_leaves_after_the_last_of_them(nursery: Nursery, place: Callable[..., Place]) -> None:
    home = place()
    one = FileLock.take_or_fail(home.home.apps_lock, "the apps' lock", shared=True)
    two = FileLock.take_or_fail(home.home.apps_lock, "the apps' lock", shared=True)
    service = nursery.start(home, with_apps=True)
    one.release()
    time.sleep(7)  # longer than it waits at the start and between two looks
    assert alive(service), "an app is still open"
    two.release()
    ended(service, seconds=15)
    again = FileLock.take_or_fail(home.home.apps_lock, "the apps' lock", shared=True)
    with again, FileLock.take_or_fail(home.home.service_lock, "the service's lock"):
        assert "the last app has closed" in home.words()


@pytest.mark.slow
def test_a_changed_configuration_counts_at_once(nursery: Nursery, place: Callable[..., Place], tmp_path: Path) -> None:
    one, two = make_maildir(tmp_path / "one", "Sent"), make_maildir(tmp_path / "two", "Sent")
    home = place(mail_inbox(one, name="one"))
    service = nursery.start(home)
    until(lambda: home.state_of("one") == "on")
    both = mail_inbox(one, name="one") + mail_inbox(two, name="two", more='group = "Shop B"')

    home.configure(both)
    until(lambda: home.state_of("two") == "on", what="the added inbox")
    deliver(two, "a", mail("two-1"))
    until(lambda: home.count("message") == 1, what="mail of the added inbox")

    home.configure(both.replace('group = "Shop B"', 'group = "Shop B"\npaused = true'))
    until(lambda: home.state_of("two") == "paused", what="the pause")
    deliver(two, "b", mail("two-2"))
    deliver(one, "c", mail("one-1"))
    until(lambda: home.count("message") == 2, what="mail of the inbox that is on")
    time.sleep(1.5)
    assert home.count("message") == 2, "a paused inbox fetches nothing"

    before = home.words()
    home.configure(both.replace("paused = true", "") + '\n[inbox.three]\nchannel = "pigeon"\n')
    until(lambda: "not used" in home.words()[len(before) :], what="the complaint")
    complaint = home.words()[len(before) :]
    assert "pigeon" in complaint or "channel" in complaint
    assert str(home.home.config) in complaint
    assert home.state_of("two") == "paused", "the last good one goes on"
    deliver(one, "d", mail("one-2"))
    until(lambda: home.count("message") == 3, what="mail under the old configuration")

    home.configure(both)
    until(lambda: home.state_of("two") == "on", what="the end of the pause")
    until(lambda: home.count("message") == 4, what="mail that came meanwhile")

    home.configure(mail_inbox(one, name="one"))
    until(lambda: home.state_of("two") == "removed", what="the removal")
    deliver(two, "e", mail("two-3"))
    deliver(one, "f", mail("one-3"))
    until(lambda: home.count("message") == 5, what="mail of the one that stays")
    time.sleep(1.5)
    assert home.count("message") == 5
    assert alive(service)
    assert home.words().count(RUNS) == 1
    assert "thiếu" not in home.words()
    assert "khach.example" not in home.words()


@pytest.mark.slow
def test_the_web_door_opens_when_the_first_inbox_needs_it_and_waits_for_its_port(
    nursery: Nursery, place: Callable[..., Place], tmp_path: Path
) -> None:
    port = free_port()
    box = make_maildir(tmp_path / "mail", "Sent")
    web = f'[web]\nlisten = "127.0.0.1:{port}"\n'
    home = place(web + mail_inbox(box))
    service = nursery.start(home)
    with socket.create_server(("127.0.0.1", port)):
        home.configure(web + mail_inbox(box) + '[inbox.form]\nchannel = "form"\n')
        until(lambda: "web door stays closed" in home.words(), what="the complaint")
        deliver(box, "a", mail(1))
        until(lambda: home.count("message") == 1, what="mail goes on without the door")
        said = home.value("SELECT error FROM inbox_health h JOIN inbox i ON i.id = h.inbox_id WHERE i.name = 'form'")
        assert str(port) in said
    until(lambda: "listening on" in home.words(), seconds=30, what="the door")
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    assert alive(service)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_every_polite_signal_ends_it(nursery: Nursery, place: Callable[..., Place], number: int) -> None:
    home = place()
    service = nursery.start(home)
    nursery.kill(service, number)
    ended(service, seconds=15)
    assert "the service has stopped" in home.words()
    assert home.db.read_now(lambda db: leases.holder(db, leases.SERVICE)) is None
