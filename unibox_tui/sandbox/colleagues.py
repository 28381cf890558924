"""The colleagues at work: they take what is new, answer it, and put it away, through the same desk as everybody."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

from unibox_tui.desk import reading
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import UniboxError
from unibox_tui.domain.words import Author
from unibox_tui.sandbox.cast import Thread
from unibox_tui.sandbox.people import COLLEAGUES, called
from unibox_tui.store.database import Database
from unibox_tui.store.events import Actor
from unibox_tui.views import lists

SESSION = "demo-colleagues"
_PRESENT_S = 20.0
_GREETINGS = {
    "vi": "Dạ em chào {given}, em là {agent}, em nhận được tin rồi ạ. Em kiểm tra rồi báo mình ngay nha.",
    "th": "สวัสดีค่ะคุณ{given} {agent}รับเรื่องแล้วนะคะ ขอตรวจสอบสักครู่ค่ะ",
    "en": "Hello {given}, {agent} here. I have your message and will look into it right away.",
}


class Colleagues:
    """`threads` gives the requests they may answer. `every` seconds one is answered; `hold_ms` as in a reply."""

    def __init__(
        self,
        db: Database,
        me: str,
        threads: Callable[[], Sequence[Thread]],
        *,
        every: float,
        hold_ms: int | None = None,
        seed: int = 3,
    ) -> None:
        self.db, self.threads, self.every, self.hold_ms = db, threads, every, hold_ms
        self.accounts = [account for account in COLLEAGUES if account != me]
        self.answered = 0
        self.chance = random.Random(seed)  # noqa: S311  the same each time

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._be_present())
            group.create_task(self._work())

    async def _be_present(self) -> None:
        while True:
            for account in self.accounts:
                await self._look(account, None, "viewing")
            await asyncio.sleep(_PRESENT_S)

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(self.every * self.chance.uniform(0.7, 1.3))
            ready = await self.waiting()
            if ready:
                await self.answer(ready[0])

    async def waiting(self) -> list[Thread]:
        """Requests that nobody or a colleague has and that wait for us, the oldest first."""
        found = "is:unanswered status:open -is:spam sort:wait"
        now = self.db.now()
        wanted = {
            id
            for who in ("none", *self.accounts)
            for id in await self.db.read(
                lambda db, who=who: list(lists.ids(db, f"{found} assignee:{who}", me=self.accounts[0], now=now))  # type: ignore[misc]
            )
        }
        return [thread for thread in self.threads() if thread.conversation in wanted]

    async def answer(self, thread: Thread) -> bool:
        """One of them answers; False when it could not be, which the person at the screen sees as they would."""
        language = thread.brand.language
        account = self.chance.choice([a for a in self.accounts if COLLEAGUES[a][1] == language] or self.accounts)
        words = thread.telling.next_of_ours()
        if words is None and thread.telling.is_told:
            return await self._close(account, thread)
        greeting = _GREETINGS[thread.customer.language]
        text = thread.telling.fill(words or greeting, agent=called(account, thread.customer.language))
        await self._look(account, thread.conversation, "typing")
        await asyncio.sleep(min(self.every / 4, 3.0))
        args: dict[str, Any] = {"text": text} | ({} if self.hold_ms is None else {"hold_ms": self.hold_ms})
        try:
            await self._act(account, Call("reply", args), thread)
            self.answered += 1
            if thread.telling.story.label:
                await self._act(account, Call("label", {"labels": [thread.telling.story.label]}), thread)
        except UniboxError:
            return False
        finally:
            await self._look(account, None, "idle")
        return True

    async def _close(self, account: str, thread: Thread) -> bool:
        """The customer has thanked: it is theirs now, and done."""
        try:
            await self._act(account, Call("assign", {"agent": account, "take": True}), thread)
            await self._act(account, Call("resolve"), thread)
        except UniboxError:
            return False
        return True

    async def _act(self, account: str, call: Call, thread: Thread) -> Done:
        actor = Actor(Author.AGENT, account, "demo")
        return await self.db.write(lambda tx: perform(tx, actor, call, [thread.conversation or 0]))

    async def _look(self, account: str, conversation: int | None, doing: str) -> None:
        actor = Actor(Author.AGENT, account, "demo")
        await self.db.write(lambda tx: reading.typing(tx, actor, conversation, f"{SESSION}-{account}", doing))
