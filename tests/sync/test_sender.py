"""The outbox's way out: every outcome, serial per destination, nothing sent twice by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.world import CHAT, MAIL, World
from unibox_tui.connectors.contract import SendRequest, SendResult
from unibox_tui.connectors.errors import CredentialsRejected, OutcomeUnknown, SendRejected, Transient
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.words import DeliveryState
from unibox_tui.sync.sender import Sender


class Provider:
    """A provider that does as told; `got` is what it really has."""

    channel = "email"

    def __init__(self, *behaviours: Callable[[SendRequest], Any]) -> None:
        self.got: list[str] = []
        self.behaviours = list(behaviours)
        self.flying = 0
        self.most = 0
        self.found: SendResult | None = None

    def capabilities(self):
        return MAIL

    async def check(self):
        raise NotImplementedError

    async def send(self, request: SendRequest) -> SendResult:
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await asyncio.sleep(0)
            if self.behaviours:
                await self.behaviours.pop(0)(request)
            await request.before_first_byte()
            self.got.append(request.text)
            return SendResult(f"p-{request.client_ref}")
        finally:
            self.flying -= 1

    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        return self.found

    async def aclose(self) -> None:
        return None


def refuse(error: Exception, *, after_bytes: bool = False):
    async def behave(request: SendRequest) -> None:
        if after_bytes:
            await request.before_first_byte()
        raise error

    return behave


async def settle(sender: Sender, world: World, rounds: int = 6) -> None:
    for _ in range(rounds):
        await sender.step()
        await asyncio.gather(*sender._flying.values(), *sender._looking.values(), return_exceptions=True)


def ready(world: World, provider: Provider, capabilities=MAIL, texts: tuple[str, ...] = ("Dạ em đây ạ",)) -> Sender:
    inbox, an = world.inbox("a", capabilities), world.agent("an")
    came = world.mail(inbox)
    for text in texts:
        world.db.write_now(lambda tx, text=text: answer.reply(tx, an, came.conversation, Letter(text=text)))
    broken: list[int] = []

    async def tell(id: int, error: Exception) -> None:
        broken.append(id)

    sender = Sender(world.db, {inbox: provider}, lambda sha: world.media[sha], fence=1, broken=tell)
    sender.told = broken  # type: ignore[attr-defined]
    return sender


def state(world: World) -> tuple[str, str]:
    row = world.row("SELECT o.state AS o, m.state AS m FROM outbox o JOIN message m ON m.n = o.n")
    return row["o"], row["m"]


async def test_sent_once_with_the_providers_id(world: World) -> None:
    provider = Provider()
    await settle(ready(world, provider), world)
    assert provider.got == ["Dạ em đây ạ"]
    assert state(world) == ("sent", "sent")
    assert world.rows("SELECT 1 FROM message_key WHERE provider_id LIKE 'p-%'")


async def test_a_temporary_refusal_is_retried_later(world: World) -> None:
    provider = Provider(refuse(Transient("451 try later", retry_after=30)))
    sender = ready(world, provider)
    await settle(sender, world)
    assert state(world) == ("queued", "queued")
    world.later(31_000)
    await settle(sender, world)
    assert state(world) == ("sent", "sent")
    assert provider.got == ["Dạ em đây ạ"]


async def test_a_permanent_refusal_fails_with_the_reason(world: World) -> None:
    sender = ready(world, Provider(refuse(SendRejected("550 no such user"))))
    await settle(sender, world)
    assert state(world) == ("failed", "failed")
    assert world.row("SELECT reason FROM message WHERE direction = 'out'")["reason"] == "550 no such user"
    assert world.conversation(10_001)["failed"] == 1


async def test_an_unknown_outcome_is_never_sent_again_by_itself(world: World) -> None:
    provider = Provider(refuse(OutcomeUnknown("the line broke"), after_bytes=True))
    sender = ready(world, provider)
    await settle(sender, world)
    world.later(3_600_000)
    await settle(sender, world)
    assert state(world) == ("unknown", "unknown")
    assert provider.got == []


async def test_an_unknown_outcome_found_at_the_provider_is_sent(world: World) -> None:
    provider = Provider(refuse(OutcomeUnknown("the line broke"), after_bytes=True))
    sender = ready(world, provider)
    await settle(sender, world)
    provider.found = SendResult("seen-in-sent")
    sender._reconcile_at.clear()
    await settle(sender, world)
    assert state(world) == ("sent", "sent")


async def test_a_crash_in_the_connector_before_the_first_byte_goes_back_to_the_queue(world: World) -> None:
    sender = ready(world, Provider(refuse(RuntimeError("bug"))))
    await settle(sender, world)
    assert state(world) == ("queued", "queued")


async def test_a_crash_after_the_first_byte_is_unknown(world: World) -> None:
    sender = ready(world, Provider(refuse(RuntimeError("bug"), after_bytes=True)))
    await settle(sender, world)
    assert state(world) == ("unknown", "unknown")


async def test_refused_credentials_keep_the_message_and_tell(world: World) -> None:
    sender = ready(world, Provider(refuse(CredentialsRejected("535"))))
    await settle(sender, world)
    assert state(world) == ("queued", "queued")
    assert sender.told == [1]  # type: ignore[attr-defined]


async def test_one_destination_is_serial_and_in_order(world: World) -> None:
    texts = tuple(f"tin {i}" for i in range(5))
    provider = Provider()
    await settle(ready(world, provider, texts=texts), world, rounds=8)
    assert provider.got == list(texts)
    assert provider.most == 1


async def test_a_stuck_destination_does_not_hold_another(world: World) -> None:
    provider = Provider(refuse(Transient("later", retry_after=600)))
    sender = ready(world, provider)
    an = world.agent("an")
    other = world.mail(1, "minh@khach.example", subject="khác")
    await settle(sender, world, rounds=1)
    world.db.write_now(lambda tx: answer.reply(tx, an, other.conversation, Letter(text="chào anh Minh")))
    await settle(sender, world)
    assert provider.got == ["chào anh Minh"]


async def test_the_window_is_decided_again_when_it_leaves(world: World) -> None:
    inbox, an = world.inbox("page", CHAT, channel="messenger"), world.agent("an")
    came = world.chat(inbox)
    world.db.write_now(lambda tx: answer.reply(tx, an, came.conversation, Letter(text="Dạ", hold_ms=0)))
    provider = Provider()
    world.later(25 * 3_600_000)
    sender = Sender(world.db, {inbox: provider}, lambda sha: b"", fence=1, broken=None)  # type: ignore[arg-type]
    await settle(sender, world)
    assert provider.got == []
    assert state(world) == ("failed", "failed")


@pytest.mark.parametrize(("left", "expected"), [(False, "sent"), (True, "unknown")])
async def test_what_a_dead_service_left_behind(world: World, left: bool, expected: str) -> None:
    provider = Provider()
    sender = ready(world, provider)
    world.db.write_now(
        lambda tx: tx.run(
            "UPDATE outbox SET state = 'sending', fence = 1, deadline = :d, leaving_at = :l",
            d=world.now + 60_000,
            l=world.now if left else None,
        )
    )
    heir = Sender(world.db, sender.connectors, sender.read_media, fence=2, broken=sender.broken)
    await settle(heir, world)
    assert state(world)[0] == expected
    assert len(provider.got) == (0 if left else 1)


async def test_states_in_the_store_are_words_of_the_domain(world: World) -> None:
    await settle(ready(world, Provider()), world)
    assert all(DeliveryState(row["state"]) for row in world.rows("SELECT state FROM message"))
