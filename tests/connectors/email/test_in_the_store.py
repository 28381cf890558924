"""From a real server through the real puller into the store."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from tests.connectors.email.conftest import MakeConnector
from tests.connectors.email.helpers import mail
from tests.support.dovecot import Dovecot
from unibox_tui.connectors.email.connector import EmailConnector
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database
from unibox_tui.sync.facts import Rules
from unibox_tui.sync.puller import Puller

pytestmark = pytest.mark.server


def count(db: Database, table: str) -> int:
    return int(db.read_now(lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchone()[0]))


async def pull(db: Database, one: EmailConnector, until) -> None:  # type: ignore[no-untyped-def]
    async def ignore(*_: object) -> None:
        return None

    inbox = db.read_now(lambda c: inboxes.by_name(c, "shop-a"))
    puller = Puller(
        db, inbox, one, Rules, lambda raw: (hashlib.sha256(raw).hexdigest(), len(raw)), 1, broken=ignore, well=ignore
    )
    task = asyncio.create_task(puller.run())
    try:
        async with asyncio.timeout(15):
            while not until():
                assert not task.done(), task.exception()
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_mail_is_one_message_whatever_places_it_is_seen_in(
    dovecot: Dovecot, user: str, connect: MakeConnector, tmp_path: Path
) -> None:
    db = Database(tmp_path / "unibox.db")
    try:
        one = connect(watch_sent=True)
        dovecot.deliver(user, [mail(1), mail(2)])
        await asyncio.sleep(1.1)  # mails tell whole seconds: these came before the inbox was made
        db.write_now(
            lambda tx: inboxes.ensure(tx, "shop-a", "email", "A", "Shop A", "hello@shop-a.example", one.capabilities())
        )
        await pull(db, one, lambda: count(db, "message") == 2)
        dovecot.append(user, [mail(3)])
        await pull(db, one, lambda: count(db, "message") == 3)
        assert count(db, "mail_place") == 3
        await asyncio.to_thread(dovecot.change_uidvalidity, user)
        dovecot.append(user, [mail(4)])
        await pull(db, connect(watch_sent=True), lambda: count(db, "mail_place") == 7)
        assert count(db, "message WHERE direction <> 'activity'") == 4
        unread = db.read_now(
            lambda c: c.execute("SELECT count(*) FROM message WHERE inert = 0 AND direction = 'in'").fetchone()[0]
        )
        assert unread == 2  # what was there at first is history, and stays so
    finally:
        db.close()
