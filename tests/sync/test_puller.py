"""What a batch of history makes news, and what stays history."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tests.support.world import World
from unibox_tui.connectors.contract import Batch, Item
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.words import MessageKind
from unibox_tui.store import inboxes
from unibox_tui.sync.facts import Rules
from unibox_tui.sync.puller import Puller

DAY = 24 * 3_600_000


class Provider:
    def __init__(self, *batches: Batch) -> None:
        self.batches = batches

    async def pull(self, cursors: object) -> AsyncIterator[Batch]:
        for batch in self.batches:
            yield batch


def mail(id: str, sent_at: int) -> Item:
    person = Person(f"{id}@khach.example", "email", "Nguyễn Thị Hà")
    return Item((MessageReceived(id, person, sent_at, "Shop ơi", kind=MessageKind.MAIL, subject="Hỏi đơn"),))


async def test_a_mail_that_came_after_the_inbox_was_made_is_news_even_among_the_history(world: World) -> None:
    inbox_id = world.inbox("a")
    made = world.now
    world.later(60_000)
    batch = Batch(
        "history:INBOX", (mail("new", made + 30_000), mail("old", made - DAY), mail("odd", made + 40 * DAY)), {}, True
    )

    async def nothing(*_: object) -> None:
        return None

    inbox = world.db.read_now(lambda db: inboxes.by_id(db, inbox_id))
    puller = Puller(world.db, inbox, Provider(batch), lambda: Rules(), world.put, 1, broken=nothing, well=nothing)
    await puller.take(batch)
    states = {
        row["address"]: (row["status"], row["unread"], row["waiting_since"] is not None)
        for row in world.rows(
            "SELECT i.address, c.status, c.unread, c.waiting_since FROM conversation c JOIN identity i ON i.id = c.last_identity_id"
        )
    }
    assert states == {
        "new@khach.example": ("open", 1, True),
        "old@khach.example": ("resolved", 0, False),
        "odd@khach.example": ("resolved", 0, False),
    }
