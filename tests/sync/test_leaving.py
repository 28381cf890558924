"""What goes with a message as it leaves, and what comes back with the provider's answer."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.world import World
from unibox_tui.config.model import Config
from unibox_tui.connectors import policy
from unibox_tui.connectors.contract import SendRequest, SendResult
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.policy import DAY
from unibox_tui.store import standing
from unibox_tui.sync.registering import register
from unibox_tui.sync.sender import Sender
from unibox_tui.views import jsonform


class Page:
    channel = "messenger"

    def __init__(self, **extra: Any) -> None:
        self.got: list[SendRequest] = []
        self.extra = extra

    def capabilities(self):
        return policy.capabilities("messenger", undo_send_ms=0)

    async def check(self):
        raise NotImplementedError

    async def send(self, request: SendRequest) -> SendResult:
        await request.before_first_byte()
        self.got.append(request)
        return SendResult(f"m_{len(self.got)}", extra=self.extra)

    async def aclose(self) -> None:
        return None


async def send(world: World, page: Page, *, later: int = 0) -> int:
    """An answer written and sent so long after the customer's message; returns its n."""
    inbox = world.inbox("page", page.capabilities(), channel="messenger")
    talk = world.chat(inbox, "psid-1").conversation
    assert talk is not None
    world.later(later)
    an = world.agent("an")
    done = world.db.write_now(lambda tx: answer.reply(tx, an, talk, Letter(text="Dạ")))

    async def broken(id: int, error: Exception) -> None:
        raise error

    sender = Sender(world.db, {inbox: page}, lambda sha: b"", fence=1, broken=broken)
    for _ in range(3):
        await sender.step()
        await asyncio.gather(*sender._flying.values())
    return int(done.data["n"])


async def test_the_tag_reaches_the_connector_when_the_rule_asks_for_it(world: World) -> None:
    page = Page()
    await send(world, page)
    assert "tag" not in page.got[0].options
    await send(world, page, later=2 * DAY)
    assert page.got[1].options["tag"] == "HUMAN_AGENT"


async def test_what_the_provider_says_with_its_answer_is_kept(world: World) -> None:
    page = Page(
        cost={"free": True, "quota": "reply"},
        standing={"follows": True, "quota": {"reply": {"left": 7, "total": 8}}},
    )
    n = await send(world, page)
    assert world.db.read_now(lambda db: jsonform.message(db, n))["cost"]["said"]["quota"] == "reply"
    identity = world.row("SELECT identity_id AS id FROM message WHERE n = :n", n=n)["id"]
    assert world.db.read_now(lambda db: standing.standing_of(db, identity))["follows"] is True


def test_the_configuration_and_the_inboxs_choice_reach_its_row(world: World) -> None:
    def made(settings: InboxSettings, config: Config) -> Any:
        able = policy.capabilities("zalo")
        return world.db.write_now(lambda tx: register(tx, "oa", settings, config, able)).capabilities

    def free(can: Any) -> set[str]:
        return {rule.name for rule in can.rules if rule.name.startswith("answer")}

    plain = made(InboxSettings(channel="zalo"), Config())
    assert free(plain) == {"answer-2025", "answer-free48", "answer-counted"}
    chosen = made(InboxSettings(channel="zalo", policy="counted"), Config())
    assert free(chosen) == {"answer-2025", "answer-counted"}
    dearer = Config(policy={"zalo": {"rules": {"paid": {"price": 60}}}})
    overlaid = made(InboxSettings(channel="zalo", policy="counted"), dearer)
    assert [rule.price for rule in overlaid.rules if rule.name == "paid"] == [60]
    assert free(overlaid) == {"answer-2025", "answer-counted"}
