"""Customers as one agent sees them: implements screens.people_ports.Customers over the real store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from unibox_tui.store.database import Database
from unibox_tui.store.people_named import named
from unibox_tui.views import contact, contacts, masking, story
from unibox_tui.views import suggested as suggestions
from unibox_tui.views.models import Thread


class StoreCustomers:
    def __init__(self, db: Database, me: str, zone: tzinfo | None = None, *, hides: bool = False) -> None:
        """`hides`: this agent does not see whole phone numbers."""
        self.db = db
        self.me = me
        self.zone = zone
        self.hides = hides

    async def page(
        self, said: str = "", *, after: int | None = None, limit: int = contacts.PAGE
    ) -> contacts.ContactPage:
        found = await self.db.read(lambda db: contacts.page(db, said, after=after, limit=limit))
        return masking.contacts(found) if self.hides else found

    async def named(self, said: str) -> int:
        return await self.db.read(lambda db: named(db, said))

    async def card(self, id: int) -> contact.Card:
        found = await self.db.read(lambda db: contact.card(db, id))
        return masking.card(found) if self.hides else found

    async def compare(self, a: int, b: int) -> contacts.Comparison:
        found = await self.db.read(lambda db: contacts.compare(db, a, b))
        return masking.comparison(found) if self.hides else found

    async def suggested(self, conversation: int) -> Sequence[suggestions.Suggestion]:
        return self._shown(await self.db.read(lambda db: suggestions.of_conversation(db, conversation)))

    async def queue(self) -> Sequence[suggestions.Suggestion]:
        return self._shown(await self.db.read(suggestions.everyone))

    def _shown(self, found: Sequence[suggestions.Suggestion]) -> Sequence[suggestions.Suggestion]:
        return [masking.suggestion(one) for one in found] if self.hides else found

    async def story(
        self,
        conversation: int,
        *,
        channel: str = "",
        around_n: int | None = None,
        before_n: int | None = None,
        after_n: int | None = None,
        limit: int = story.LIMIT,
    ) -> Thread:
        found = await self.db.read(
            lambda db: story.thread(
                db,
                conversation,
                me=self.me,
                now=self.db.now(),
                channel=channel,
                around_n=around_n,
                before_n=before_n,
                after_n=after_n,
                limit=limit,
            )
        )
        return masking.thread(found) if self.hides else found

    async def find(self, id: int, text: str, n: int, *, older: bool, channel: str = "") -> int | None:
        return await self.db.read(lambda db: story.find(db, id, text, n, older=older, channel=channel))

    async def channels(self, id: int) -> Sequence[str]:
        return await self.db.read(lambda db: story.channels(db, id))

    def place(self, text: str) -> int:
        return story.place(text, self.db.now(), self.zone)
