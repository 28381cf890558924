"""Pulling from a real Dovecot: new mail, history, listening, and everything that can break in between."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.connectors.email.conftest import MakeConnector, MakeSettings
from tests.connectors.email.helpers import Keeper, ids, mail
from tests.support.dovecot import Dovecot, running_dovecot
from tests.support.proxy import Proxy
from unibox_tui.connectors.email import connector as connector_module
from unibox_tui.connectors.email import fetching, imap
from unibox_tui.connectors.errors import CredentialsRejected, Misconfigured, Transient

pytestmark = pytest.mark.server


async def test_what_is_there_at_first_is_history_newest_first(
    dovecot: Dovecot, user: str, connect: MakeConnector
) -> None:
    dovecot.deliver(user, [mail(n) for n in range(1, 61)])
    keeper = Keeper()
    await keeper.pull(connect(), lambda k: k.finished)
    assert keeper.live == []
    assert keeper.history_ids == ids(*range(60, 0, -1))
    assert keeper.progress[-1][1] == 60
    assert keeper.history[0].place is not None
    assert keeper.history[0].place.folder == "INBOX"


async def test_a_new_mail_is_announced_while_listening(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    keeper = Keeper()
    one = connect()

    async def write() -> None:
        while "listening" not in keeper.phases:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(dovecot.append, user, [mail("mới")])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        tasks.create_task(keeper.pull(one, lambda k: bool(k.live), seconds=5))
    assert [m.text for m in keeper.live] == ["Chào shop, đơn của em tới đâu rồi ạ?"]


async def test_flags_stay_as_they_are(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    dovecot.append(user, [mail(1)])
    await Keeper().pull(connect(), lambda k: k.finished)
    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        assert b"\\Seen" not in client.get_flags([1])[1]


async def test_history_goes_on_where_it_was_left(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    dovecot.deliver(user, [mail(n) for n in range(1, 101)])
    keeper = Keeper()
    await keeper.pull(connect(), lambda k: len(k.history) >= 25)
    assert 25 <= len(keeper.history) < 100
    dovecot.deliver(user, [mail(101)])
    await keeper.pull(connect(), lambda k: k.finished)
    assert keeper.history_ids == ids(*range(100, 0, -1))
    assert keeper.live_ids == ids(101)


async def test_new_mail_does_not_wait_for_history(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    dovecot.deliver(user, [mail(n) for n in range(1, 201)])
    keeper = Keeper()

    def deliver_in_between(k: Keeper) -> bool:
        if len(k.history) == 50 and not k.live:
            dovecot.append(user, [mail("mới")])
        return bool(k.live)

    await keeper.pull(connect(), deliver_in_between)
    assert len(keeper.history) <= 75
    assert not keeper.finished


async def test_backfill_of_days_and_of_nothing(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    from datetime import UTC, datetime, timedelta

    with dovecot.client(user) as client:
        for number, days in (("old", 400), ("new", 3)):
            client.append("INBOX", mail(number), msg_time=datetime.now(UTC) - timedelta(days=days))
    recent, nothing, everything = Keeper(), Keeper(), Keeper()
    await recent.pull(connect(backfill=30), lambda k: k.finished)
    await nothing.pull(connect(backfill=0), lambda k: k.finished)
    assert recent.history_ids == ids("new")
    assert nothing.history_ids == []
    everything.cursors = recent.cursors  # the setting was changed later
    await everything.pull(connect(backfill="all"), lambda k: k.finished and bool(k.history))
    assert everything.history_ids == ids("new", "old")


async def test_a_cut_in_the_middle_of_fetching_loses_nothing(
    dovecot: Dovecot, user: str, connect: MakeConnector
) -> None:
    dovecot.deliver(user, [mail(n, text="dài " * 2000) for n in range(1, 41)])
    keeper = Keeper()
    with Proxy(dovecot.imaps_port) as proxy:
        one = connect(imap_port=proxy.port)
        keeper_before = Keeper()
        await keeper_before.pull(one, lambda k: bool(k.phases))
        cuts = 0
        proxy.cut_after(60_000, times=4)
        for _ in range(12):
            try:
                await keeper.pull(one, lambda k: k.finished)
                break
            except Transient:
                cuts += 1
    assert cuts == 4
    assert keeper.history_ids == ids(*range(40, 0, -1))
    assert keeper.errors == []


async def test_new_mail_survives_cuts_too(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    keeper = Keeper()
    with Proxy(dovecot.imaps_port) as proxy:
        one = connect(imap_port=proxy.port)
        await keeper.pull(one, lambda k: k.finished)
        dovecot.deliver(user, [mail(n, text="dài " * 3000) for n in range(1, 31)])
        proxy.cut_after(80_000, times=3)
        for _ in range(8):
            try:
                await keeper.pull(one, lambda k: len(k.live) >= 30)
                break
            except Transient:
                continue
    assert keeper.live_ids == ids(*range(1, 31))


async def test_a_mail_at_which_the_line_always_breaks_stops_only_itself(
    dovecot: Dovecot, user: str, connect: MakeConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper()
    one = connect()
    await keeper.pull(one, lambda k: k.finished)
    dovecot.deliver(user, [mail(n) for n in range(1, 6)])
    real = fetching.fetched

    def breaking(client, group, limit):  # type: ignore[no-untyped-def]
        if any(listed.uid == 3 for listed in group):
            raise ConnectionResetError("reset by peer")
        return real(client, group, limit)

    monkeypatch.setattr(imap, "fetched", breaking)
    for _ in range(20):
        try:
            await keeper.pull(one, lambda k: len(k.live) >= 4)
            break
        except Transient:
            continue
    assert keeper.live_ids == ids(1, 2, 4, 5)
    assert [(place.rpartition("/")[2], "cannot" in why or "could not" in why) for place, why, _ in keeper.errors] == [
        ("3", True)
    ]


async def test_a_mail_the_server_refuses_is_tried_again_then_quarantined(
    dovecot: Dovecot, user: str, connect: MakeConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper()
    one = connect(idle_seconds=0.3)
    await keeper.pull(one, lambda k: k.finished)
    dovecot.deliver(user, [mail(n) for n in range(1, 4)])
    real, tries = fetching.fetched, []

    def refusing(client, group, limit):  # type: ignore[no-untyped-def]
        if any(listed.uid == 2 for listed in group):
            tries.append(len(group))
            raise fetching.NotGiven("the server lists it but does not give it")
        return real(client, group, limit)

    monkeypatch.setattr(imap, "fetched", refusing)
    monkeypatch.setattr(imap, "HARD_PAUSE", 0.05)
    await keeper.pull(one, lambda k: bool(k.errors))
    assert keeper.live_ids == ids(1, 3)
    assert tries.count(1) == imap.HARD_TRIES
    assert "could not be fetched" in keeper.errors[0][1]
    assert "hard" not in keeper.cursors["live:INBOX"]


async def test_what_cannot_be_read_is_quarantined_with_its_bytes(
    dovecot: Dovecot, user: str, connect: MakeConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.append(user, [mail(1), mail(2), mail(3)])
    real = connector_module.read_mail

    def read(raw: bytes, **options):  # type: ignore[no-untyped-def]
        if b"<m2@" in raw:
            raise ValueError("a secret of the customer")
        return real(raw, **options)

    monkeypatch.setattr(connector_module, "read_mail", read)
    keeper = Keeper()
    await keeper.pull(connect(), lambda k: k.finished)
    assert keeper.history_ids == ids(3, 1)
    [(place, why, raw)] = keeper.errors
    assert place.startswith("INBOX/")
    assert "ValueError" in why
    assert "secret" not in why
    assert raw is not None
    assert b"<m2@khach.example>" in raw


async def test_a_new_uidvalidity_brings_news_as_news_and_the_rest_as_history(
    dovecot: Dovecot, user: str, connect: MakeConnector
) -> None:
    from datetime import UTC, datetime, timedelta

    with dovecot.client(user) as client:
        for number in range(1, 6):
            client.append("INBOX", mail(number), msg_time=datetime.now(UTC) - timedelta(days=100 - number))
    keeper = Keeper()
    await keeper.pull(connect(), lambda k: k.finished)
    before = keeper.cursors["live:INBOX"]["uidvalidity"]
    with dovecot.client(user) as client:
        client.append("INBOX", mail("đêm"))
    dovecot.change_uidvalidity(user)
    again = Keeper()
    again.cursors = dict(keeper.cursors)
    await again.pull(
        connect(), lambda k: k.finished and k.cursors["live:INBOX"]["uidvalidity"] != before and len(k.history) == 5
    )
    assert again.live_ids == ids("đêm")
    assert sorted(again.history_ids) == sorted(ids(1, 2, 3, 4, 5))
    assert again.live[0].place is not None
    assert again.live[0].place.uidvalidity == again.cursors["live:INBOX"]["uidvalidity"]
    assert "since" not in again.cursors["live:INBOX"]


async def test_other_folders_and_sent_are_looked_at(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    one = connect(folders=("INBOX", "Khiếu nại"), watch_sent=True)
    with dovecot.client(user) as client:
        client.create_folder("Khiếu nại")
    keeper = Keeper()
    await keeper.pull(one, lambda k: k.finished)
    dovecot.append(user, [mail("a")], folder="Khiếu nại")
    dovecot.append(
        user, [mail("b", sender="Shop A <hello@shop-a.example>", to="Hạnh <hanh@khach.example>")], folder="Sent"
    )
    await keeper.pull(one, lambda k: len(k.live) >= 2)
    by_id = {m.provider_id: m for m in keeper.live}
    assert by_id["ma@khach.example"].direction == "in"
    sent = by_id["mb@khach.example"]
    assert (sent.direction, sent.author, sent.person.address) == ("out", "agent", "hanh@khach.example")
    assert not sent.author_unsure


async def test_a_missing_folder_names_those_that_exist(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    with pytest.raises(Misconfigured) as caught:
        await Keeper().pull(connect(folders=("Nowhere",)), lambda k: False)
    assert "Nowhere" in caught.value.message
    assert "INBOX" in caught.value.hint


async def test_a_wrong_password_and_a_wrong_token(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    with pytest.raises(CredentialsRejected) as caught:
        await Keeper().pull(connect({"password": "falsch"}), lambda k: False)
    assert user in caught.value.message
    assert "falsch" not in str(caught.value)
    with pytest.raises(CredentialsRejected):
        await Keeper().pull(connect({"access_token": "nope"}, auth="xoauth2"), lambda k: False)


async def test_xoauth2(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    dovecot.token(user, "token-1")
    dovecot.append(user, [mail(1)])
    keeper = Keeper()
    await keeper.pull(connect({"access_token": "token-1"}, auth="xoauth2"), lambda k: k.finished)
    assert keeper.history_ids == ids(1)


async def test_starttls_and_plain(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    dovecot.append(user, [mail(1)])
    for security in ("starttls", "plain"):
        keeper = Keeper()
        await keeper.pull(connect(imap_security=security, imap_port=dovecot.imap_port), lambda k: k.finished)
        assert keeper.history_ids == ids(1)


async def test_certificates_are_checked(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    for changes in ({"ca_file": ""}, {"imap_host": "127.0.0.1"}):
        with pytest.raises(Misconfigured) as caught:
            await Keeper().pull(connect(**changes), lambda k: False)
        assert caught.value.code == "certificate"
        assert "ca_file" in caught.value.hint


async def test_tls_against_a_plain_port_says_so(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    with pytest.raises(Misconfigured) as caught:
        await Keeper().pull(connect(imap_port=dovecot.imap_port), lambda k: False)
    assert "starttls" in caught.value.hint


async def test_nobody_there_is_transient(connect: MakeConnector) -> None:
    with pytest.raises(Transient):
        await Keeper().pull(connect(imap_port=1), lambda k: False)


async def test_closing_ends_listening_at_once(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    one, keeper = connect(), Keeper()
    task = asyncio.create_task(keeper.pull(one, lambda k: False, seconds=30))
    while "listening" not in keeper.phases:
        await asyncio.sleep(0.01)
    started = time.monotonic()
    await one.aclose()
    await task
    assert time.monotonic() - started < 1


async def test_cancelling_ends_the_connection(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    one, keeper = connect(), Keeper()
    task = asyncio.create_task(keeper.pull(one, lambda k: False, seconds=30))
    while "listening" not in keeper.phases:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(100):
        if dovecot.sessions(user) == 0:
            break
        await asyncio.sleep(0.05)
    assert dovecot.sessions(user) == 0


async def test_a_half_open_line_is_noticed(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    keeper = Keeper()
    with Proxy(dovecot.imaps_port) as proxy:
        one = connect(imap_port=proxy.port, idle_seconds=0.5, timeout_seconds=0.7)

        def freeze_when_listening(k: Keeper) -> bool:
            if "listening" in k.phases:
                proxy.freeze()
            return False

        with pytest.raises(Transient):
            await keeper.pull(one, freeze_when_listening, seconds=10)


async def test_a_restarted_server_is_transient_and_then_fine(user: str) -> None:
    with running_dovecot() as own:
        own.user("a@shop-a.example")
        from tests.connectors.email.helpers import connector
        from unibox_tui.connectors.email.connector import EmailSettings

        one = connector(
            EmailSettings(
                address="a@shop-a.example", imap_host="localhost", imap_port=own.imaps_port, ca_file=str(own.ca_file)
            )
        )
        keeper = Keeper()
        task = asyncio.create_task(keeper.pull(one, lambda k: False, seconds=30))
        while "listening" not in keeper.phases:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(own.restart, kill=True)
        with pytest.raises(Transient):
            await task
        own.deliver("a@shop-a.example", [mail("sau")])
        await keeper.pull(one, lambda k: bool(k.live))
        assert keeper.live_ids == ids("sau")
        await one.aclose()


@pytest.mark.parametrize("condstore", [True, False])
async def test_without_idle_folders_are_polled(condstore: bool) -> None:
    from tests.connectors.email.helpers import connector
    from unibox_tui.connectors.email.connector import EmailSettings

    with running_dovecot(idle=False, condstore=condstore) as own:
        own.user("a@shop-a.example")
        one = connector(
            EmailSettings(
                address="a@shop-a.example",
                imap_host="localhost",
                imap_port=own.imaps_port,
                ca_file=str(own.ca_file),
                poll_seconds=0.2,
            )
        )
        keeper = Keeper()

        def deliver_once(k: Keeper) -> bool:
            if "polling" in k.phases and not k.live and own._count == 0:
                own.deliver("a@shop-a.example", [mail(1)])
            if k.live and own._count == 1:
                own.deliver("a@shop-a.example", [mail(2)], folder="Sent")
            return len(k.live) == 2

        await keeper.pull(one, deliver_once)
        assert keeper.live_ids == ids(1, 2)
        assert "listening" not in keeper.phases
        await one.aclose()


async def test_idle_that_tells_nothing_is_given_up(
    dovecot: Dovecot, user: str, connect: MakeConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    from unibox_tui.connectors.email.session import Session

    def deaf(self: Session, seconds: float) -> bool:
        time.sleep(min(seconds, 0.1))
        return False

    monkeypatch.setattr(Session, "wait_in_idle", deaf)
    one, keeper = connect(idle_seconds=0.2), Keeper()
    given = 0

    def deliver(k: Keeper) -> bool:
        nonlocal given
        if k.phases[-1:] == ["listening"] and given < 3:
            given += 1
            dovecot.append(user, [mail(given)])
        return "polling" in k.phases and len(k.live) == given

    await keeper.pull(one, deliver)
    assert keeper.live_ids == ids(*range(1, given + 1))


async def test_what_comes_right_before_listening_is_heard(dovecot: Dovecot, user: str, settings: MakeSettings) -> None:
    """The server then tells in one packet with its answer to IDLE, where the socket shows nothing any more."""
    from unibox_tui.connectors.email.oauth import TokenSource
    from unibox_tui.connectors.email.session import Session

    def secret(name: str) -> str | None:
        return "bí mật 9"

    def listen(security: str, port: int) -> float:
        chosen = settings(imap_security=security, imap_port=port)
        with Session(chosen, secret, TokenSource(chosen, secret)) as session:
            session.client.select_folder("INBOX", readonly=True)
            dovecot.append(user, [mail("vừa tới")])
            started = time.monotonic()
            assert session.wait_in_idle(20)
            return time.monotonic() - started

    assert await asyncio.to_thread(listen, "tls", dovecot.imaps_port) < 5
    assert await asyncio.to_thread(listen, "plain", dovecot.imap_port) < 5


async def test_many_mailboxes_listen_at_once(dovecot: Dovecot, connect: MakeConnector) -> None:
    users = [f"many{number}@shop-a.example" for number in range(20)]
    keepers = {user: Keeper() for user in users}
    for user in users:
        dovecot.user(user)

    async def write() -> None:
        while not all("listening" in keeper.phases for keeper in keepers.values()):
            await asyncio.sleep(0.02)
        for user in users:
            await asyncio.to_thread(dovecot.deliver, user, [mail(user)])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        for user, keeper in keepers.items():
            tasks.create_task(keeper.pull(connect(imap_user=user), lambda k: bool(k.live)))
    assert all(keeper.live_ids == ids(user) for user, keeper in keepers.items())


@pytest.mark.slow
async def test_a_large_mailbox_is_never_held_in_memory(dovecot: Dovecot, user: str, connect: MakeConnector) -> None:
    import tracemalloc

    body = "xin chào " * 500
    dovecot.deliver(user, [mail(number, text=body) for number in range(3000)])
    done = 0
    one = connect()
    stream = one.pull({})
    tracemalloc.start()
    try:
        async for batch in stream:
            done += len(batch.items)
            assert sum(len(item.raw or b"") for item in batch.items) < 2 * fetching.GROUP_BYTES
            if batch.stream == "history:INBOX" and batch.cursor and batch.cursor["finished"]:
                break
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        await stream.aclose()  # type: ignore[attr-defined]
    assert done == 3000
    assert peak < 12_000_000  # all bodies together have 15 MB, and twice that once decoded
