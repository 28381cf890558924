"""Every connector of a web API, held to the contract against its simulator."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.cases import all_cases
from tests.connectors.conformance import (
    Case,
    Recorded,
    Rig,
    check_fact,
    keys_of,
    mutations,
    parsed,
    rig,
)
from tests.support.world import World
from unibox_tui.connectors import contract, registry
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
    Unparseable,
    WebhookForged,
)
from unibox_tui.domain.inbound import MessageReceived
from unibox_tui.domain.words import DeliveryState, Direction
from unibox_tui.sandbox.providers.base import File
from unibox_tui.store import capabilities

PICTURE = File("áo lụa.jpg", b"\xff\xd8\xff\xe0" + b"picture" * 300, "image/jpeg")


@pytest.fixture(params=all_cases(), ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    reason = found.cannot.get(request.function.__name__)
    if reason:
        pytest.skip(reason)
    return found


@pytest.fixture
async def parts(case: Case) -> AsyncIterator[Rig]:
    async with rig(case) as found:
        yield found


def test_every_channel_of_a_web_api_is_held_to_this() -> None:
    here = {case.channel for case in all_cases()}
    for channel in registry.CHANNELS:
        module, _, factory = registry.CHANNELS[channel]
        found = getattr(__import__(module, fromlist=[factory]), factory)
        if getattr(found, "NEEDS_TOOLS", False):
            assert channel in here, f"{channel} has no case in tests/connectors/cases/"


# -- what it claims -------------------------------------------------------------------------------------------------------


async def test_it_can_do_what_it_claims(parts: Rig) -> None:
    connector, able = parts.connector, parts.connector.capabilities()
    assert isinstance(connector, contract.Connector)
    assert connector.channel == parts.case.channel
    assert able.typing == isinstance(connector, contract.ShowsTyping)
    assert able.seen == isinstance(connector, contract.MarksRead)
    assert bool(able.extra.get("reactions")) == isinstance(connector, contract.Reacts)
    assert isinstance(connector, contract.ParsesRaw)
    if not isinstance(connector, contract.PullsEvents):
        assert isinstance(connector, contract.VerifiesWebhooks)
    assert able == connector.capabilities()
    assert able.rules
    assert able.text_limit is None or len(parts.case.text) <= able.text_limit


async def test_capabilities_survive_the_database(parts: Rig) -> None:
    able = parts.connector.capabilities()
    assert capabilities.loads(capabilities.dumps(able)) == able


async def test_the_check_finds_a_good_account_good(parts: Rig) -> None:
    report = await parts.connector.check()
    assert report.ok, report.notes
    assert not _leaks(parts, repr(report))


async def test_the_check_names_a_dead_token(parts: Rig) -> None:
    parts.case.kill_token(parts.sim, parts.secrets)
    report = await parts.connector.check()
    assert not report.ok
    assert report.notes
    assert not _leaks(parts, repr(report))


# -- reading --------------------------------------------------------------------------------------------------------------


async def test_recorded_bodies_give_the_same_facts_each_time(parts: Rig) -> None:
    recorded = parts.case.recorded()
    assert recorded, f"tests/connectors/payloads/{parts.case.payloads} is empty"
    for one in recorded:
        first = parsed(parts.connector, one.body, one.headers)
        assert first is not None, one.name
        assert first == parsed(parts.connector, one.body, dict(one.headers)), one.name
        for event in first:
            check_fact(event)


async def test_order_and_repeats_change_nothing(parts: Rig, tmp_path: Path) -> None:
    recorded = parts.case.recorded()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    straight = _stored(parts, World.at(tmp_path / "a"), recorded)
    shuffled = [*recorded, *recorded, *recorded]
    random.Random(3).shuffle(shuffled)
    assert _stored(parts, World.at(tmp_path / "b"), shuffled) == straight
    facts = [event for one in recorded for event in parsed(parts.connector, one.body, one.headers) or ()]
    again = [event for one in shuffled for event in parsed(parts.connector, one.body, one.headers) or ()]
    assert keys_of(facts) == keys_of(again)


def _stored(parts: Rig, world: World, recorded: list[Recorded]) -> set[tuple[Any, ...]]:
    inbox = world.inbox("conformance", parts.connector.capabilities(), channel=parts.case.channel)
    for one in recorded:
        facts = parsed(parts.connector, one.body, one.headers) or []
        remote = [event for event in facts if isinstance(event, MessageReceived)]
        plain = [dataclasses.replace(event, attachments=()) for event in remote]
        world.take(inbox, *[plain.pop(0) if isinstance(event, MessageReceived) else event for event in facts])
    return world.db.read_now(
        lambda db: {
            tuple(row)
            for row in db.execute("SELECT k.provider_id, m.direction FROM message_key k JOIN message m ON m.n = k.n")
        }
    )


async def test_hostile_bodies_are_facts_or_unparseable(parts: Rig) -> None:
    for what, body, headers in mutations(parts.case.recorded()):
        try:
            events = parsed(parts.connector, body, headers)
        except Exception as error:
            raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error
        for event in events or ():
            try:
                check_fact(event)
            except AssertionError as error:
                raise AssertionError(f"{what}: {error}") from error


async def test_a_signature_fits_one_body_only(parts: Rig) -> None:
    if not isinstance(parts.connector, contract.VerifiesWebhooks):
        pytest.skip("it takes no webhooks")
    await parts.sim.says(parts.case.guest, parts.case.text)
    await parts.sim.hooks.settle()
    (caught,) = parts.door.caught[:1]
    parts.connector.verify(caught.body, caught.headers)
    with pytest.raises(WebhookForged):
        parts.connector.verify(caught.body, _unsigned(caught))
    if parts.case.cannot.get("a changed body is refused"):
        return
    with pytest.raises(WebhookForged):
        parts.connector.verify(caught.body.replace(b"a", b"b", 1), caught.headers)


def _unsigned(caught: Recorded) -> dict[str, str]:
    """Without the headers that sign, which are those a provider makes up itself."""
    return {
        name: value
        for name, value in caught.headers.items()
        if not any(word in name for word in ("signature", "secret", "zevent", "authorization", "token"))
    }


async def test_what_a_customer_writes_arrives_once_however_it_is_delivered(parts: Rig) -> None:
    if not isinstance(parts.connector, contract.VerifiesWebhooks):
        pytest.skip("it takes no webhooks")
    parts.sim.hooks.duplicate()
    id = await parts.sim.says(parts.case.guest, parts.case.text)
    await parts.sim.hooks.settle()
    found = [
        event
        for caught in parts.door.caught
        for event in parsed(parts.connector, caught.body, caught.headers) or ()
        if isinstance(event, MessageReceived) and event.direction is Direction.IN
    ]
    assert {(event.provider_id, event.text) for event in found} == {(id, parts.case.text)}
    assert len(found) >= 2
    assert all(attempt.status == 200 for attempt in parts.sim.hooks.log)


async def test_what_a_customer_writes_is_found_by_pulling(parts: Rig) -> None:
    if not isinstance(parts.connector, contract.PullsEvents):
        pytest.skip("it does not pull")
    id = await parts.sim.says(parts.case.guest, parts.case.text)
    found = await _pulled(parts, id)
    assert (found.text, found.direction) == (parts.case.text, Direction.IN)


async def _pulled(parts: Rig, id: str) -> MessageReceived:
    async with asyncio.timeout(10):
        async for batch in parts.connector.pull({}):
            for item in batch.items:
                for event in item.events:
                    if isinstance(event, MessageReceived) and event.provider_id == id:
                        return event
    raise AssertionError("the stream ended without it")


async def test_files_are_fetched_and_capped(parts: Rig) -> None:
    if not isinstance(parts.connector, contract.FetchesMedia):
        pytest.skip("it fetches nothing")
    await parts.sim.says(parts.case.guest, "", [PICTURE])
    await parts.sim.hooks.settle()
    remotes = [
        file.remote
        for caught in parts.door.caught
        for event in parsed(parts.connector, caught.body, caught.headers) or ()
        if isinstance(event, MessageReceived)
        for file in event.attachments
    ]
    assert len(remotes) == 1
    assert remotes[0] is not None
    assert await parts.connector.fetch(remotes[0], 1_000_000) == PICTURE.content
    with pytest.raises(Unparseable):
        await parts.connector.fetch(remotes[0], 100)


# -- sending --------------------------------------------------------------------------------------------------------------


async def test_a_message_is_sent_once_after_the_first_byte_was_announced(parts: Rig) -> None:
    request, asked = parts.request()
    result = await parts.connector.send(request)
    assert parts.got() == [parts.case.text]
    assert asked == [0]
    assert result.provider_id == parts.sim.delivered[0].id
    assert result.state in (DeliveryState.SENT, DeliveryState.DELIVERED)


async def test_an_answer_that_quotes_names_what_it_quotes(parts: Rig) -> None:
    if not parts.connector.capabilities().quotes:
        pytest.skip("it quotes nothing")
    id = await parts.sim.says(parts.case.guest, "Còn size M không ạ?")
    await parts.sim.hooks.settle()
    for caught in parts.door.caught:  # what came with it may be needed to quote it
        if isinstance(parts.connector, contract.VerifiesWebhooks):
            parts.connector.verify(caught.body, caught.headers)
        parsed(parts.connector, caught.body, caught.headers)
    for ref, answers in (("01JREQUEST0000000000000001", None), ("01JREQUEST0000000000000002", id)):
        await parts.connector.send(parts.request(ref, answers=answers)[0])
    plain, quoting = (parts.case.quotes(one.raw) for one in parts.sim.delivered)
    assert plain == ""
    assert quoting
    assert quoting in id or not parts.case.quotes_by_id


async def test_a_passed_deadline_sends_nothing(parts: Rig) -> None:
    async def late() -> None:
        raise Transient("The deadline of this attempt has passed.")

    request, _ = parts.request(before_first_byte=late)
    with pytest.raises(Transient):
        await parts.connector.send(request)
    assert parts.got() == []


async def test_a_refusal_is_certain_and_named(parts: Rig) -> None:
    request, _ = parts.request(destination=parts.case.nobody)
    with pytest.raises(SendRejected) as caught:
        await parts.connector.send(request)
    assert caught.value.message
    assert caught.value.code
    assert parts.sim.delivered == []
    assert not _leaks(parts, _words(caught.value))


async def test_text_beyond_the_limit_is_refused_here(parts: Rig) -> None:
    limit = parts.connector.capabilities().text_limit
    if limit is None:
        pytest.skip("there is no limit")
    request, asked = parts.request(text="ạ" * (limit + 1))
    with pytest.raises(SendRejected):
        await parts.connector.send(request)
    assert asked == []


async def test_too_fast_says_how_long_to_wait(parts: Rig) -> None:
    parts.sim.faults.storm429(retry_after=7, on=parts.case.send_path)
    request, _ = parts.request()
    with pytest.raises(RateLimited) as caught:
        await parts.connector.send(request)
    assert caught.value.retry_after is not None
    assert 6 <= caught.value.retry_after <= 10
    assert parts.got() == []


async def test_a_dead_token_needs_a_person(parts: Rig) -> None:
    parts.case.kill_token(parts.sim, parts.secrets)
    request, _ = parts.request()
    with pytest.raises(CredentialsRejected) as caught:
        await parts.connector.send(request)
    assert caught.value.hint
    assert parts.got() == []
    assert not _leaks(parts, _words(caught.value))


async def test_a_lost_answer_is_unknown_until_it_is_found(parts: Rig) -> None:
    parts.sim.faults.drop_answer(on=parts.case.send_path)
    started = parts.sim.clock()
    request, _ = parts.request()
    lost = await _lost(parts, request)
    if lost is not None and isinstance(parts.connector, contract.Reconciles):
        found = await parts.connector.reconcile(request, started)
        assert found is not None
        assert found.provider_id == parts.sim.delivered[0].id
        assert found.state is not DeliveryState.FAILED
    assert parts.got() == [parts.case.text]


async def _lost(parts: Rig, request: contract.SendRequest) -> OutcomeUnknown | None:
    """The unknown outcome of a send; None when the connector found out by itself. It tells no secrets."""
    try:
        await parts.connector.send(request)
    except OutcomeUnknown as error:
        leaks = _leaks(parts, _words(error))
        if leaks:
            raise AssertionError(f"the error tells {leaks}") from error
        return error
    return None


async def test_what_never_arrived_is_not_called_sent(parts: Rig) -> None:
    parts.sim.faults.cut(on=parts.case.send_path)
    started = parts.sim.clock()
    request, _ = parts.request()
    with pytest.raises(OutcomeUnknown):
        await parts.connector.send(request)
    assert parts.got() == []
    if isinstance(parts.connector, contract.Reconciles):
        found = await parts.connector.reconcile(request, started)
        assert len(parts.got()) == (0 if found is None else 1)


async def test_an_unreadable_answer_is_no_refusal(parts: Rig) -> None:
    parts.sim.faults.truncate_json(on=parts.case.send_path)
    request, _ = parts.request()
    try:
        result = await parts.connector.send(request)
        assert result.state is not DeliveryState.FAILED
    except OutcomeUnknown:
        pass
    assert parts.got() == [parts.case.text]


async def test_an_error_of_the_providers_own_is_no_refusal(parts: Rig) -> None:
    parts.sim.faults.refuse(status=500, on=parts.case.send_path)
    request, _ = parts.request()
    with pytest.raises((OutcomeUnknown, Transient)):
        await parts.connector.send(request)


async def test_no_connection_is_certain(parts: Rig) -> None:
    await parts.server.stop()
    request, _ = parts.request()
    with pytest.raises(Transient) as caught:
        await parts.connector.send(request)
    assert not isinstance(caught.value, RateLimited)
    assert not _leaks(parts, _words(caught.value))


async def test_no_secret_is_logged(parts: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        request, _ = parts.request()
        await parts.connector.send(request)
        parts.sim.faults.drop_answer(on=parts.case.send_path)
        await _lost(parts, parts.request("01JREQUEST0000000000000002")[0])
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("unibox", "httpx")))
    assert not _leaks(parts, ours)
    assert not _leaks(parts, repr(parts.connector))


def _words(error: ConnectorError) -> str:
    return " ".join((error.message, error.hint, error.code, str(error), repr(error)))


def _leaks(parts: Rig, text: str) -> list[str]:
    """Names of the secrets that stand in a text, and the customer's words."""
    secrets = {**parts.secrets, **parts.kept}
    found = [name for name, value in secrets.items() if len(value) >= 8 and value in text]
    return found + (["words"] if parts.case.text in text else [])
