from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.connectors.cases.chatwoot import MAI, ChatwootCase, OlderChatwootCase
from tests.connectors.conformance import Rig, rig
from unibox_tui.connectors.chatwoot.settings import ChatwootSettings
from unibox_tui.connectors.contract import Batch, SendFile
from unibox_tui.connectors.errors import CredentialsRejected, OutcomeUnknown, SendRejected, Transient, Unparseable
from unibox_tui.domain.inbound import ConversationChanged, MessageReceived, NoteReceived, Upstream
from unibox_tui.domain.words import Priority, Status
from unibox_tui.sandbox.providers.base import File, Guest
from unibox_tui.sandbox.providers.chatwoot import ChatwootSim


@pytest.fixture
async def parts() -> AsyncIterator[Rig]:
    async with rig(ChatwootCase()) as found:
        yield found


def chat(parts: Rig) -> ChatwootSim:
    assert isinstance(parts.sim, ChatwootSim)
    return parts.sim


class Listening:
    """Pulls until it is caught up, and on."""

    def __init__(self, parts: Rig, cursors: Mapping[str, Any] | None = None) -> None:
        self.facts: list[Any] = []
        self.batches: list[Batch] = []
        self.cursor: Any = None
        self.error: Exception | None = None
        self._task = asyncio.create_task(self._run(parts.connector.pull(cursors or {})))

    async def _run(self, batches: AsyncIterator[Batch]) -> None:
        try:
            async for batch in batches:
                self.batches.append(batch)
                self.cursor = batch.cursor or self.cursor
                self.facts += [fact for item in batch.items for fact in item.events]
        except Exception as error:
            self.error = error

    async def until(self, done: Any) -> None:
        async with asyncio.timeout(5):
            while not done() and self.error is None:
                await asyncio.sleep(0.01)

    @property
    def listening(self) -> bool:
        return bool(self.batches) and self.batches[-1].phase == "listening"

    def texts(self) -> list[str]:
        return [fact.text for fact in self.facts if isinstance(fact, MessageReceived | NoteReceived)]

    async def stop(self) -> Any:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return {"events": self.cursor}


async def test_the_socket_tells_at_once(parts: Rig) -> None:
    here = Listening(parts)
    await here.until(lambda: here.listening)
    await parts.sim.says(MAI, "có màu trắng không ạ")
    chat(parts).answers(chat(parts).of(MAI), chat(parts).agents[13], "khách quen", private=True)
    await here.until(lambda: len(here.texts()) == 2)
    await here.stop()
    assert here.texts() == ["có màu trắng không ạ", "khách quen"]


async def test_what_was_missed_is_there_after_the_line_broke(parts: Rig) -> None:
    sim = chat(parts)
    here = Listening(parts)
    await here.until(lambda: here.listening)
    await sim.says(MAI, "trước")
    await here.until(lambda: here.texts() == ["trước"])
    sim.hang_up()
    await here.until(lambda: False)
    assert isinstance(here.error, Transient)
    cursors = await here.stop()
    for number in range(130):  # more than a page
        await sim.says(MAI, f"lỡ {number}")
    sim.decides(sim.of(MAI), status="resolved", labels=["vip"])
    again = Listening(parts, cursors)
    await again.until(lambda: again.listening)
    await again.stop()
    assert [text for text in again.texts() if text.startswith("lỡ")] == [f"lỡ {number}" for number in range(130)]
    states = [fact.state for fact in again.facts if isinstance(fact, ConversationChanged)]
    assert (states[-1].status, states[-1].labels) == (Status.RESOLVED, ("vip",))
    assert not any(batch.inert for batch in again.batches)


async def test_what_changed_without_a_word_is_seen_after_the_line_broke(parts: Rig) -> None:
    sim = chat(parts)
    here = Listening(parts)
    await here.until(lambda: here.listening)
    sim.clock.forward(days=2)
    await sim.says(binh := Guest("binh", "Bình", "vi"), "chào shop")
    await here.until(lambda: "chào shop" in here.texts())
    cursors = await here.stop()
    sim.clock.forward(seconds=1_800)
    one = sim.of(MAI)
    sim.sets(one, team="Giao hàng", fields={"kho": "Thủ Đức"})
    sim.knows(one.contact, size="L")
    again = Listening(parts, cursors)
    await again.until(lambda: again.listening)
    await again.stop()
    states = {fact.person_address: fact.state for fact in again.facts if isinstance(fact, ConversationChanged)}
    state = states[str(one.id)]
    assert (state.team, state.fields, state.customer) == ("Giao hàng", {"kho": "Thủ Đức"}, {"size": "L"})
    assert str(sim.of(binh).id) in states


async def test_polls_tell_what_stands_otherwise_once() -> None:
    async with rig(OlderChatwootCase()) as parts:
        sim = chat(parts)
        here = Listening(parts)
        await here.until(lambda: len(here.batches) > 1 and here.batches[-1].phase == "polling")
        sim.clock.forward(days=1)
        sim.sets(sim.of(MAI), team="Giao hàng")

        def told() -> int:
            return sum(isinstance(fact, ConversationChanged) and fact.state.team == "Giao hàng" for fact in here.facts)

        await here.until(told)
        before = len(here.batches)
        await here.until(lambda: len(here.batches) > before + 1)
        await here.stop()
        assert told() == 1


async def test_the_first_look_takes_history_and_is_inert(parts: Rig) -> None:
    sim = chat(parts)
    sim.clock.forward(days=-40)
    await sim.says(MAI, "rất lâu rồi")
    sim.clock.forward(days=38)
    for number in range(45):
        await sim.says(MAI, f"cũ {number}")
    sim.clock.forward(days=2)
    here = Listening(parts)
    await here.until(lambda: here.listening)
    await here.stop()
    assert here.texts()[-45:] == [f"cũ {number}" for number in range(45)]
    assert all(batch.inert for batch in here.batches if batch.items)


async def test_a_token_without_a_socket_says_so(parts: Rig) -> None:
    chat(parts).pubsub = ""
    here = Listening(parts)
    await here.until(lambda: False)
    assert isinstance(here.error, CredentialsRejected)
    assert "poll" in here.error.hint
    assert not (await parts.connector.check()).ok


async def test_decisions_are_set(parts: Rig) -> None:
    sim = chat(parts)
    one = sim.of(MAI)
    until = sim.clock() + 3_600_000
    await parts.connector.show("1", Upstream(Status.SNOOZED, until, ("giao-thiếu", "vip"), "an"))
    assert (one.status, one.until, one.labels) == ("snoozed", until // 1000, ["giao-thiếu", "vip"])
    assert one.assignee is not None
    assert one.assignee.name == "Lan"
    await parts.connector.show("1", Upstream(Status.OPEN, assignee=""))
    assert [one.status, one.assignee, one.labels] == ["open", None, ["giao-thiếu", "vip"]]
    with pytest.raises(SendRejected):
        await parts.connector.show("99", Upstream(Status.OPEN))
    await parts.connector.show("1", Upstream(priority=Priority.URGENT))
    assert one.priority == "urgent"
    await parts.connector.show("1", Upstream(priority=Priority.NORMAL))
    assert one.priority is None


async def test_fields_of_a_customer_are_set_and_taken_away(parts: Rig) -> None:
    sim = chat(parts)
    contact = sim.of(MAI).contact
    sim.knows(contact, size="M", spent=100, bulk=True)
    who = f"chatwoot:x/1/{contact.id}"
    wanted = {"size": "", "spent": "250", "bulk": "yes", "kho": "Thủ Đức"}
    await parts.connector.show_customer(who, wanted)
    assert contact.fields == {"spent": 250, "bulk": True, "kho": "Thủ Đức"}
    told = list(sim.decided)
    await parts.connector.show_customer(who, wanted)
    assert sim.decided == told
    with pytest.raises(SendRejected):
        await parts.connector.show_customer("chatwoot:x/1/9", {"size": "L"})


@pytest.mark.parametrize("case", [ChatwootCase(), OlderChatwootCase()], ids=lambda case: case.name)
async def test_a_note_whose_answer_was_lost_is_found(case: ChatwootCase) -> None:
    async with rig(case) as parts:
        since = parts.sim.clock()
        parts.sim.faults.drop_answer(on="/messages")
        with pytest.raises(OutcomeUnknown):
            await parts.connector.note("1", "an: khách quen", "ref-1")
        sent = str(chat(parts).of(MAI).messages[-1]["id"])
        assert await parts.connector.find_note("1", "an: khách quen", "ref-1", since) == sent
        assert await parts.connector.find_note("1", "an: khác", "ref-2", since) is None
        assert chat(parts).of(MAI).messages[-1]["private"] is True


async def test_a_file_and_a_quote(parts: Rig) -> None:
    async def read() -> bytes:
        return b"%PDF-1.4 bill"

    request, _ = parts.request(files=(SendFile("hóa đơn.pdf", "application/pdf", 13, read),), answers="1001")
    await parts.connector.send(request)
    message = parts.sim.delivered[0].raw
    assert message["content_attributes"]["in_reply_to"] == "1001"
    assert message["attachments"][0]["file_size"] == 13


async def test_files_of_other_sites_are_not_fetched(parts: Rig) -> None:
    await parts.sim.says(MAI, "", [File("a.jpg", b"x", "image/jpeg")])
    with pytest.raises(Unparseable):
        await parts.connector.fetch({"url": "http://169.254.1.1/latest"}, 1_000)


async def test_both_forms_of_signature_are_taken(parts: Rig) -> None:
    body = b'{"event":"message_created"}'
    plain = hmac.new(b"chatwoot-hook-word", body, hashlib.sha256).hexdigest()
    parts.connector.verify(body, {"x-chatwoot-signature": plain})
    stamped = hmac.new(b"chatwoot-hook-word", b"17." + body, hashlib.sha256).hexdigest()
    parts.connector.verify(body, {"x-chatwoot-signature": f"sha256={stamped}", "x-chatwoot-timestamp": "17"})


async def test_the_check_names_agents_and_what_is_missing(parts: Rig) -> None:
    report = await parts.connector.check()
    assert any("12 Lan" in note for note in report.notes)
    parts.connector.settings = dataclasses.replace(parts.connector.settings, agents={"an": "77"}, inboxes=("8",))
    report = await parts.connector.check()
    assert not report.ok
    assert sum("`agents`" in note or "`inboxes`" in note for note in report.notes) == 2


async def test_the_check_tells_whose_account_it_is(parts: Rig) -> None:
    chat(parts).role = "agent"
    report = await parts.connector.check()
    assert report.ok
    assert any("no administrator" in note for note in report.notes)
    parts.connector.settings = dataclasses.replace(parts.connector.settings, account="7")
    report = await parts.connector.check()
    assert not report.ok
    assert "`account`" in report.notes[-1]


def test_numbers_are_meant() -> None:
    with pytest.raises(ValueError, match="agents"):
        ChatwootSettings(agents={"an": "lan@shop-a.example"})
    with pytest.raises(ValueError, match="api"):
        ChatwootSettings(api="chat.shop-a.example")


async def test_seen_and_typing(parts: Rig) -> None:
    await parts.connector.typing("1", True)
    await parts.connector.mark_read("1", "1001")
    assert chat(parts).typing == [(1, "on")]
    assert chat(parts).seen == [1]
