"""Customers while you look: new mails, chats, forms and messages of networks, and answers to what we say."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import random
import time
from collections.abc import Coroutine, Sequence
from email.utils import getaddresses
from typing import Any

from unibox_tui.sandbox import mails, postbox
from unibox_tui.sandbox.arrivals import Arrivals, clock
from unibox_tui.sandbox.cast import Casting, Thread
from unibox_tui.sandbox.networks import Customers, Networks
from unibox_tui.sandbox.oddities import UNREADABLE
from unibox_tui.sandbox.past import form_fields
from unibox_tui.sandbox.smtp import SunkMail
from unibox_tui.sandbox.stories import thanks
from unibox_tui.sandbox.visitors import Visitor
from unibox_tui.sandbox.workspace import BRANDS, Workspace
from unibox_tui.store.inboxes import mail_scope
from unibox_tui.web.tokens import Tokens
from unibox_tui.web.tokens import Visitor as Known

MOST_VISITORS = 40
WAYS = ("mail", "chat", "form")
TRIES = 10
log = logging.getLogger(__name__)


class Traffic:
    """`rate`: new requests a minute. `patience` stretches how long customers take to answer (1: seconds).

    `threads` are those of the past: their customers answer too. The same `seed` gives the same people and words, who are
    counted from `first`: those of the past are counted from 1.
    """

    def __init__(
        self,
        workspace: Workspace,
        arrivals: Arrivals,
        threads: Sequence[Thread],
        *,
        tokens: Tokens,
        rate: float = 5.0,
        patience: float = 3.0,
        seed: int = 2,
        first: int = 500,
        networks: Networks | None = None,
    ) -> None:
        self.workspace = workspace
        self.arrivals = arrivals
        self.tokens = tokens
        self.rate = rate
        self.patience = patience
        self.chance = random.Random(seed)  # noqa: S311  the same each time
        self.casting = Casting(self.chance, first)
        self.threads: list[Thread] = []
        self.unreadable = 0
        self._of_address: dict[str, Thread] = {thread.customer.email: thread for thread in threads}
        self._past = [thread for thread in threads if thread.way == "chat" and thread.visitor]
        self._tasks: set[asyncio.Task[None]] = set()
        self._visitors = 0
        self._quiet: set[str] = set()
        self._networks = networks
        self._guests: Customers | None = None
        if networks is not None:
            self._guests = networks.open(arrivals, self.casting, patience=patience, chance=self.chance)

    async def run(self) -> None:
        """Until cancelled. At once one of each kind, and a mail that nobody can read; then as the rate says."""
        try:
            for thread in self._past[:12]:
                self._visit(thread, speaks=False)
            others = self._networks.ways if self._networks is not None else ()
            for way in (*WAYS, *others):
                self.begin(way)
            self._unreadable_mail()
            while True:
                await asyncio.sleep(min(self.chance.expovariate(self.rate / 60), 120 / self.rate))
                self.begin(self.chance.choices((*WAYS, *others), (4, 5, 1, *(2 for _ in others)))[0])
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._guests is not None:
                await self._guests.aclose()

    def begin(self, way: str) -> Thread:
        """A new customer writes."""
        if self._guests is not None and way not in WAYS:
            thread = self._guests.begin(way)
            self.threads.append(thread)
            return thread
        thread = self.casting.thread(way)
        self.threads.append(thread)
        self._of_address[thread.customer.email] = thread
        if way == "chat":
            self._visit(thread, speaks=True)
        elif way == "form":
            self._start(self._post(thread))
        else:
            self._write(thread, *(thread.telling.next_of_customer() or ("", ())))
        return thread

    def taken(self, mail: SunkMail) -> None:
        """A mail of ours was sent: whoever we know among its readers answers after a while."""
        if mails.header(mail.body, "auto-submitted") not in ("", "no"):
            return
        for _, address in getaddresses([mails.header(mail.body, "to")]):
            thread = self._of_address.get(address.lower())
            if thread is not None and address in mail.recipients:
                thread.ids.append(mails.header(mail.body, "message-id").strip("<> "))
                thread.ours = mails.body_text(mail.body)
                self._start(self._answer(thread, mail.sender))

    # -- mail ------------------------------------------------------------------------------------------------------

    async def _answer(self, thread: Thread, our_address: str) -> None:
        await asyncio.sleep(self.patience * self.chance.uniform(0.8, 3.0))
        said = thread.telling.next_of_customer()
        if said is None:
            if thread.customer.email in self._quiet:
                return
            self._quiet.add(thread.customer.email)  # thanked once, and then there is peace
        text, files = said or (thanks(thread.telling, self.chance), ())
        found = next((name for name, address in thread.brand.mailboxes.items() if address == our_address), None)
        if thread.way == "chat":
            thread.way = "mail"
        if found is not None and thread.way == "mail":
            thread.inbox = found
        self._write(thread, text, files)

    def _write(self, thread: Thread, text: str, files: tuple[str, ...] = ()) -> None:
        made = thread.letter(text, files, int(time.time() * 1000), self.chance)
        inbox = next(name for name, address in thread.brand.mailboxes.items() if address == made.to)
        mail = mails.letter(made)
        self.arrivals.given("mail", mail_scope(thread.brand.name), made.id, thread)
        postbox.deliver(self.workspace.maildir(inbox), mail)

    def _unreadable_mail(self) -> None:
        self.unreadable += 1
        postbox.deliver(self.workspace.maildir(next(iter(BRANDS[1].mailboxes))), UNREADABLE)

    # -- chat ------------------------------------------------------------------------------------------------------

    def _visit(self, thread: Thread, *, speaks: bool) -> None:
        if self._visitors >= MOST_VISITORS:
            return
        token = ""
        if thread.visitor:
            token = self.tokens.visitor(thread.inbox, Known(thread.visitor), int(time.time() * 1000))
        visitor = Visitor(
            thread,
            f"ws://127.0.0.1:{self.workspace.web}/w/{thread.inbox}/socket",
            self._somewhere(),
            self.chance,
            lambda thread, id: self._chatted(visitor, id),
            token,
            self.patience,
        )
        self._visitors += 1
        self._start(self._stay(visitor, speaks))

    async def _stay(self, visitor: Visitor, speaks: bool) -> None:
        try:
            await visitor.stay(speaks)
        finally:
            self._visitors -= 1

    def _chatted(self, visitor: Visitor, id: str) -> None:
        thread = visitor.thread
        known = self.tokens.read_visitor(thread.inbox, visitor.token, int(time.time() * 1000))
        if known is not None:
            thread.visitor = known[0].id
            self.arrivals.given("chat", thread.inbox, f"{thread.visitor}:{id}", thread)

    # -- forms -----------------------------------------------------------------------------------------------------

    async def _post(self, thread: Thread) -> None:
        said = thread.telling.next_of_customer()
        id = f"{self.chance.getrandbits(64):016x}"
        fields = {**dict(form_fields(thread, said[0] if said else "")), "submission_id": id}
        for _ in range(TRIES):
            at = clock()
            try:
                status = await asyncio.to_thread(self._posted, f"/f/{thread.inbox}", fields, self._somewhere())
            except (OSError, http.client.HTTPException):
                status = 503
            if status == 200:
                return self.arrivals.given("form", thread.inbox, f"s:{id}", thread, at)
            await asyncio.sleep(1.0)
        raise ConnectionError(f"the form of {thread.inbox} could not be posted")

    def _posted(self, path: str, fields: dict[str, str], address: str) -> int:
        line = http.client.HTTPConnection("127.0.0.1", self.workspace.web, timeout=10)
        try:
            headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
            line.request("POST", path, json.dumps(fields, ensure_ascii=False).encode(), headers)
            return line.getresponse().status
        finally:
            line.close()

    # -- small things ----------------------------------------------------------------------------------------------

    def _somewhere(self) -> str:
        """An address from the ranges that are kept for examples."""
        return f"{self.chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{self.chance.randrange(1, 255)}"

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a customer fell silent: %s: %s", type(error).__name__, error)
