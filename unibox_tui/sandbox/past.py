"""Weeks in a second: the real connectors, the real ingest, the real desk and the real sender on a clock that we move.

All of it is one transaction, so that nothing waits for the disk; every step has its own time.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from unibox_tui.config.model import Config
from unibox_tui.connectors import registry
from unibox_tui.connectors.contract import Batch, Connector, Item, ParsesRaw, SendRequest, SendResult
from unibox_tui.connectors.email.imap import place_words
from unibox_tui.connectors.email.outgoing import envelope
from unibox_tui.connectors.errors import ConnectorError, Unparseable
from unibox_tui.desk import reading
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.done import Done
from unibox_tui.domain.inbound import InboundAttachment
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import Author
from unibox_tui.host.media import MediaStore
from unibox_tui.sandbox import mails, postbox
from unibox_tui.sandbox.cast import Thread, made_files
from unibox_tui.sandbox.workspace import Workspace
from unibox_tui.store import inboxes, messages, outbox, raw_events
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.events import Actor
from unibox_tui.sync.facts import Outcome, Rules
from unibox_tui.sync.puller import Puller
from unibox_tui.sync.raw import RawEvents
from unibox_tui.sync.sender import Sender

T = TypeVar("T")
SESSION = "demo-past"


class PastStore(Database):
    """Within `whole`, each write is a part of one transaction, at the time that `now` gives."""

    _whole: Tx | None = None

    def whole(self, work: Callable[[], T]) -> T:
        def run(tx: Tx) -> T:
            self._whole = tx
            try:
                return work()
            finally:
                self._whole = None

        return super().write_now(run)

    def write_now(self, fn: Callable[[Tx], T]) -> T:
        return super().write_now(fn) if self._whole is None else fn(Tx(self._whole.db, self.now()))

    def read_now(self, fn: Callable[[Any], T]) -> T:
        return super().read_now(fn) if self._whole is None else fn(self._whole.db)

    async def write(self, fn: Callable[[Tx], T]) -> T:
        return self.write_now(fn)

    async def read(self, fn: Callable[[Any], T]) -> T:
        return self.read_now(fn)


class PastPost:
    """A mail connector whose server took everything long ago: the mail is written and lies in Sent. `fate` is raised."""

    channel = "email"

    def __init__(self, past: Past, inbox: str, fate: ConnectorError | None = None) -> None:
        self.past, self.inbox, self.fate = past, inbox, fate

    def capabilities(self) -> Capabilities:
        return self.past.connectors[self.inbox].capabilities()

    async def check(self) -> Any:
        raise NotImplementedError("the past needs no check")

    async def send(self, request: SendRequest) -> SendResult:
        await request.before_first_byte()
        if self.fate is not None:
            raise self.fate
        settings: Any = self.past.config.inboxes[self.inbox]
        mail = await envelope(request, settings, self.past.at)
        sent = self.past.workspace.maildir(self.inbox) / ".Sent"
        postbox.deliver(sent, mail.body, at=self.past.at, seen=True)
        self.past.last_mail = mail.body
        return SendResult(mail.message_id, at=self.past.at)

    async def aclose(self) -> None:
        return None


class Past:
    """`at` is what the clock shows, epoch ms; set it before each step, never back."""

    def __init__(self, workspace: Workspace, config: Config, db: PastStore, chance: random.Random, at: int) -> None:
        self.workspace, self.config, self.db, self.chance, self.at = workspace, config, db, chance, at
        self.last_mail = b""
        self.media = MediaStore(workspace.home.media)
        db.now = lambda: self.at
        self.connectors: dict[str, Connector] = {
            name: registry.build(name, settings, lambda _: None) for name, settings in config.inboxes.items()
        }
        self.ids: dict[str, int] = {name: db.write_now(self._ensure(name)) for name in self.connectors}
        self.names = {id: name for name, id in self.ids.items()}
        self._post: dict[int, Connector] = {
            self.ids[name]: PastPost(self, name)
            for name, settings in config.inboxes.items()
            if settings.channel == "email"
        }
        self._sender = Sender(db, self._post, self.media.read, 0, broken=_no_news)
        self._raw = RawEvents(db, self._parser, self.rules, self.media.put)

    def _ensure(self, name: str) -> Callable[[Tx], int]:
        settings, made = self.config.inboxes[name], self.connectors[name]
        address = getattr(settings, "address", "")

        def write(tx: Tx) -> int:
            return inboxes.ensure(
                tx,
                name,
                settings.channel,
                settings.group,
                settings.title,
                address,
                made.capabilities(),
                region=settings.region,
                language=settings.language,
            )

        return write

    def rules(self, group: str) -> Rules:
        return Rules(order_patterns=tuple(self.config.group(group).order_codes or ()))

    def _parser(self, inbox_id: int) -> ParsesRaw | None:
        found = self.connectors[self.names[inbox_id]]
        return found if isinstance(found, ParsesRaw) else None

    # -- customers -------------------------------------------------------------------------------------------------

    async def mail(self, inbox: str, mail: bytes) -> Outcome:
        """A mail arrives now, and lies in the Maildir."""
        name = postbox.deliver(self.workspace.maildir(inbox), mail, at=self.at, seen=True)
        place = {"folder": "INBOX", "uidvalidity": "0", "uid": name, "received_at": str(self.at)}
        words = place_words("INBOX", 0, name)
        connector = self.connectors[inbox]
        assert isinstance(connector, ParsesRaw)
        try:
            item = Item(tuple(connector.parse(mail, place)), mail, words)
        except Unparseable as error:
            item = Item(raw=mail, place=words, error=error.message)
        row = self.db.read_now(lambda db: inboxes.by_id(db, self.ids[inbox]))
        pulls: Any = connector
        rules = self.rules(row.group_name)
        puller = Puller(self.db, row, pulls, lambda: rules, self.media.put, 0, broken=_no_news, well=_no_news)
        outcomes: list[Outcome] = await puller.take(Batch("past", (item,)))
        return outcomes[0]

    async def write(self, thread: Thread, text: str, kinds: tuple[str, ...] = ()) -> None:
        """The customer of this thread says something, the way they do."""
        if thread.way == "chat":
            await self._chat(thread, text, kinds)
        elif thread.way == "form" and not thread.ids:
            await self._form(thread, text)
        else:
            inbox = thread.inbox if thread.way == "mail" else next(iter(thread.brand.mailboxes))
            made = mails.letter(thread.letter(text, kinds, self.at, self.chance))
            thread.conversation = (await self.mail(inbox, made)).conversation

    async def _chat(self, thread: Thread, text: str, kinds: tuple[str, ...]) -> None:
        customer = thread.customer
        person: dict[str, str] = {"name": customer.name, "language": customer.language}
        if self.chance.random() < 0.4:
            person["email"] = customer.email
        event = {
            "type": "message",
            "id": f"{self.chance.getrandbits(64):016x}",
            "text": text,
            "files": [self._kept(file) for file in made_files(kinds, thread.customer.language, self.chance)],
            "person": person,
            "page": {"url": thread.page},
        }
        found = await self._event(thread.inbox, "socket", {"visitor": thread.visitor, "at": self.at, **event})
        thread.conversation = found.conversation

    def _kept(self, file: InboundAttachment) -> dict[str, Any]:
        sha256, size = self.media.put(file.content or b"")
        return {"sha256": sha256, "name": file.name, "media_type": file.media_type, "size": size}

    async def _form(self, thread: Thread, text: str) -> None:
        fields = form_fields(thread, text)
        body = {
            "type": "form",
            "id": f"s:{self.chance.getrandbits(64):x}",
            "at": self.at,
            "fields": fields,
            "files": [],
        }
        found = await self._event(thread.inbox, "form", {**body, "page": "", "referrer": "", "signed": False})
        thread.conversation = found.conversation

    async def _event(self, inbox: str, source: str, event: Mapping[str, Any]) -> Outcome:
        body = json.dumps(event, ensure_ascii=False).encode()
        id = self.db.write_now(lambda tx: raw_events.save(tx, self.ids[inbox], source, {}, body))
        outcomes = await self._raw.work_off(self.db.read_now(lambda db: raw_events.get(db, id)))
        return outcomes[0]

    async def seen(self, thread: Thread, n: int, said_at: int) -> None:
        """The visitor has read our line."""
        event = {"type": "read", "visitor": thread.visitor, "at": self.at, "n": n, "until": said_at}
        await self._event(thread.inbox, "socket", event)

    # -- us --------------------------------------------------------------------------------------------------------

    def act(self, agent: str, call: Call, conversation: int | None) -> Done:
        actor = Actor(Author.AGENT, agent, "demo")
        targets = [] if conversation is None else [conversation]
        return self.db.write_now(lambda tx: perform(tx, actor, call, targets))

    def look(self, agent: str, conversation: int, seconds: int) -> None:
        """An agent opens a conversation, reads it for a while and leaves."""
        actor = Actor(Author.AGENT, agent, "demo")

        def write(tx: Tx) -> None:
            reading.opened(tx, actor, conversation, SESSION)
            seen = messages.last_said(tx.db, [conversation])
            reading.left(tx, actor, conversation, SESSION, seen_n=seen, open_ms=seconds * 1000, typed_ms=0, idle_ms=0)
            reading.closed(tx, actor, SESSION)

        self.db.write_now(write)

    async def answer(
        self,
        agent: str,
        thread: Thread,
        text: str,
        fate: ConnectorError | None = None,
        kinds: tuple[str, ...] = (),
    ) -> Done:
        """Reply, and let it go out. `fate`: what the mail server does to it."""
        assert thread.conversation is not None
        sent = [self._kept(file) for file in made_files(kinds, thread.customer.language, self.chance)]
        done = self.act(agent, Call("reply", {"text": text, "files": sent, "hold_ms": 0}), thread.conversation)
        item = self.db.read_now(lambda db: outbox.of_message(db, done.data["n"]))
        if item is not None:
            calm = self._post[item["inbox_id"]]
            self._post[item["inbox_id"]] = PastPost(self, self.names[item["inbox_id"]], fate)
            await self._sender.step()
            while self._state(done.data["n"]) in ("held", "queued", "sending"):  # noqa: ASYNC110  it takes a few turns
                await asyncio.sleep(0)
            self._post[item["inbox_id"]] = calm
            provider_id = self.db.read_now(lambda db: messages.provider_id(db, done.data["n"]))
            if provider_id:
                thread.ids.append(provider_id)
        thread.ours = text
        return done

    def _state(self, n: int) -> str:
        item = self.db.read_now(lambda db: outbox.of_message(db, n))
        return str(item["state"]) if item is not None else ""


def form_fields(thread: Thread, text: str) -> list[list[str]]:
    """What a customer fills in."""
    customer = thread.customer
    fields = [["name", customer.name], ["email", customer.email], ["message", text]]
    if "{code}" in thread.telling.story.subject:
        fields.append(["order", thread.telling.facts["code"]])
    return [*fields, ["phone", customer.phone], ["language", customer.language], ["city", customer.city]]


def _no_news(*_: Any) -> Coroutine[Any, Any, None]:
    async def nothing() -> None:
        return None

    return nothing()
