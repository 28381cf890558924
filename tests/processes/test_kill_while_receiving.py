"""`kill -9` of the service while it takes mail and works off what was posted: everything is there once."""

from __future__ import annotations

import json
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes.running import Nursery, Place, deliver, ended, mail, mail_inbox, make_maildir, until
from tests.support.dovecot import Dovecot, running_dovecot
from unibox_tui.host.files import PRIVATE_FOLDER, make_folder, write_atomic
from unibox_tui.store import inboxes, raw_events

OLD, NEW = 150, 150


def kill_while(nursery: Nursery, place: Place, count: Callable[[], int], steps: list[int]) -> None:
    """The service is killed each time that so many are there, and started again; the last one is left running."""
    service = nursery.start(place, wait=False)
    for step in steps:
        until(lambda step=step: count() >= step, what=f"{step} of them, {count()} are there")
        time.sleep(random.uniform(0, 0.02))
        nursery.kill(service)
        service = nursery.start(place, wait=False)


def once_each(place: Place, wanted: int) -> None:
    until(lambda: place.count("message") >= wanted, what=f"{wanted} messages, {place.count('message')} are there")
    time.sleep(1.0)
    assert place.count("message") == wanted
    assert place.count("raw_event", "state = 'quarantined'") == 0
    assert place.value("SELECT count(DISTINCT provider_id) FROM message_key") == wanted
    assert place.value("SELECT sum(message_count) FROM conversation WHERE joined_into IS NULL") == wanted


def quiet(place: Place) -> None:
    log = place.words()
    assert "Traceback" not in log, log
    for word in ("khach.example", "thiếu", "0123", "Hà"):
        assert word not in log


@pytest.mark.slow
def test_three_hundred_mails_of_a_maildir(nursery: Nursery, place: Callable[..., Place], tmp_path: Path) -> None:
    box = make_maildir(tmp_path / "mail", "Sent")
    for number in range(OLD):
        deliver(box, f"old{number:03}", mail(f"old{number}", ago_s=3600))
    home = place(mail_inbox(box))
    kill_while(nursery, home, lambda: home.count("message"), [20, 60, 110])
    until(lambda: home.count("message") >= OLD, what="the history")
    service = nursery.pids[-1]
    for number in range(NEW):
        deliver(box, f"new{number:03}", mail(f"new{number}"))
        if number in (30, 75, 120):
            nursery.kill(service)
            service = nursery.start(home, wait=False)
    once_each(home, OLD + NEW)
    assert home.count("message", "inert = 0") == NEW, "what came while it was dead is news, not history"
    assert home.value("SELECT count(*) FROM conversation WHERE unread > 0") == NEW
    quiet(home)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot() as server:
        yield server


@pytest.mark.server
@pytest.mark.slow
def test_three_hundred_mails_of_an_imap_server(nursery: Nursery, place: Callable[..., Place], dovecot: Dovecot) -> None:
    user = "hello@shop-a.example"
    password = dovecot.user(user)
    dovecot.deliver(user, [mail(f"old{number}", ago_s=3600) for number in range(OLD)])
    home = place(
        f"""
        [secrets]
        keyring = false

        [inbox.mail]
        channel = "email"
        address = "{user}"
        imap_host = "localhost"
        imap_port = {dovecot.imaps_port}
        ca_file = "{dovecot.ca_file}"
        backfill = "all"
        smtp_host = "127.0.0.1"
        smtp_port = 1
        poll_seconds = 1.0
        """
    )
    make_folder(home.folder / "secrets", PRIVATE_FOLDER)
    write_atomic(home.folder / "secrets" / "mail.password", password.encode())
    kill_while(nursery, home, lambda: home.count("message"), [20, 70])
    until(lambda: home.count("message") >= OLD, what="the history")
    service = nursery.pids[-1]
    for number in range(NEW // 10):
        dovecot.deliver(user, [mail(f"new{number}-{each}") for each in range(10)])
        if number in (3, 9):
            nursery.kill(service)
            service = nursery.start(home, wait=False)
    once_each(home, OLD + NEW)
    assert home.count("message", "inert = 0") == NEW
    quiet(home)
    assert password not in home.words()
    at = time.monotonic()
    nursery.kill(service, signal.SIGTERM)
    ended(service)
    print(f"\nstopped while listening to the server in {time.monotonic() - at:.2f} s")
    assert "the service has stopped" in home.words()
    assert "is left behind" not in home.words()


@pytest.mark.slow
def test_five_hundred_posted_events(nursery: Nursery, place: Callable[..., Place]) -> None:
    home = place('[web]\nlisten = "127.0.0.1:0"\n[inbox.chat]\nchannel = "livechat"\n[inbox.form]\nchannel = "form"\n')
    service = nursery.start(home)
    chat, form = (home.db.read_now(lambda db, name=name: inboxes.named(db, name)).id for name in ("chat", "form"))
    at = home.db.now()
    for batch in range(10):

        def write(tx, batch=batch) -> None:
            for number in range(batch * 50, batch * 50 + 50):
                if number % 2:
                    event = {"type": "message", "visitor": f"v{number % 7}", "at": at + number, "id": f"c{number}"}
                    event |= {"text": f"Shop ơi em nhận thiếu áo {number}", "person": {"name": "Hà"}}
                    raw_events.save(tx, chat, "socket", {}, json.dumps(event).encode())
                else:
                    event = {"type": "form", "id": f"f{number}", "at": at + number}
                    event["fields"] = [["name", "Hà"], ["phone", "0123456789"], ["message", f"thiếu áo {number}"]]
                    raw_events.save(tx, form, "form", {}, json.dumps(event).encode())

        home.db.write_now(write)
        if batch % 2:
            time.sleep(random.uniform(0.0, 0.12))
            nursery.kill(service)
            service = nursery.start(home, wait=False)
    until(lambda: home.count("raw_event", "state = 'new'") == 0, seconds=40, what="all are worked off")
    once_each(home, 500)
    by_visitor = home.rows(
        "SELECT conversation_id, count(*) AS times FROM message WHERE inbox_id = :id GROUP BY 1", id=chat
    )
    assert sorted(row["times"] for row in by_visitor) == sorted(
        len(range(n, 500, 7)) - len([x for x in range(n, 500, 7) if x % 2 == 0]) for n in range(7)
    )
    quiet(home)
