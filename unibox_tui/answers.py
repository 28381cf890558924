"""Stored answers, suggestions, the check before sending and the assistant, as one agent's screen sees them."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from unibox_tui.config.model import Config
from unibox_tui.desk import canned, canned_exchange, checking
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.canned import Canned, Ready
from unibox_tui.domain.errors import Refused, UniboxError, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Author
from unibox_tui.host import processes
from unibox_tui.locale import translated
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database
from unibox_tui.store.events import Actor
from unibox_tui.text import filling
from unibox_tui.text.mask import GAP
from unibox_tui.text.safe import safe, safe_line
from unibox_tui.views import suggest
from unibox_tui.views.offers import Offered, Stored
from unibox_tui.views.suggest import Learned, Offer


class StoreAnswers:
    """Implements screens.answers_port.Answers."""

    def __init__(self, db: Database, config: Config, me: str, home: Sequence[str] = ()) -> None:
        """`home`: what a child of ours is told about where it is at home, as ["--home", DIR]."""
        self.db = db
        self.config = config
        self.me = me
        self.home = tuple(home)
        self.learned = Learned()

    @property
    def assists(self) -> bool:
        return bool(self.config.assistant.url)

    # -- stored answers ------------------------------------------------------------------------------------------------

    async def stored(self, conversation: int, inbox: str) -> Sequence[Stored]:
        return await self.db.read(lambda db: [_stored(one) for one in self._ready(db, conversation, inbox)])

    def _ready(self, db: sqlite3.Connection, conversation: int, inbox: str) -> list[Ready]:
        known = canned.variables(db, conversation, self.me, particle=self.config.ui.particle)
        kind = canned.kind_of(inboxes.named(db, inbox).capabilities) if inbox else "chat"
        entries = canned.listed(db, self.me, self._filed(), inbox=inbox or None, language=known["language"] or None)
        return [canned.ready(entry, known, kind) for entry in entries]

    def _filed(self) -> list[Canned]:
        folder = self.config.path.parent if self.config.path is not None else Path()
        return [
            Canned(
                one.shortcut, one.text, one.title, one.language or None, "", one.scope, one.group, dict(one.variants),
                one.buttons, tuple(str(folder / file) for file in one.files),
            )
            for one in self.config.canned
        ]  # fmt: skip

    async def every(self) -> Sequence[Stored]:
        found = await self.db.read(lambda db: canned.listed(db, self.me, self._filed()))
        return [_stored(Ready(entry, entry.text, "")) for entry in found]

    async def source(self, key: str, text: str = "") -> str:
        if not key:
            return canned_exchange.to_toml([Canned("shortcut", text or "Dạ {customer} ơi, {|}")])
        entry = await self.db.read(lambda db: self._entry(db, key))
        held = [file for file in entry.files if not isinstance(file, str)]
        note = "".join(f"# with the file {safe_line(file['name'])}\n" for file in held)
        return note + canned_exchange.to_toml([entry])

    async def keep(self, key: str, source: str) -> str:
        entries = canned_exchange.from_toml(source)
        if len(entries) != 1:
            raise WrongUse("One [[canned]] table is one stored answer.")
        entry = entries[0]
        old = await self.db.read(lambda db: self._entry(db, key)) if key else None
        if entry.files:
            raise WrongUse("Files are put in by `unibox canned save --attach`.")
        if old is not None:
            files = tuple(file for file in old.files if not isinstance(file, str))
            entry = canned.Canned(
                entry.shortcut, entry.text, entry.title, entry.language, "", entry.scope, entry.group, entry.variants,
                entry.buttons, files,
            )  # fmt: skip
        actor = Actor(Author.AGENT, self.me, "key")
        call = Call("canned_save", {"entry": entry, "instead": old})
        await self.db.write(lambda tx: perform(tx, actor, call, ()))
        return entry.shortcut

    def _entry(self, db: sqlite3.Connection, key: str) -> Canned:
        entry = next((one for one in canned.listed(db, self.me, self._filed()) if one.key == key), None)
        if entry is None or not entry.id:
            raise Refused("This one is kept in the configuration file.", hint="Change it there.")
        return entry

    # -- suggestions ---------------------------------------------------------------------------------------------------

    async def offered(self, conversation: int, inbox: str) -> Sequence[Offered]:
        return await self.db.read(lambda db: self._offered(db, conversation, inbox))

    def _offered(self, db: sqlite3.Connection, conversation: int, inbox: str) -> list[Offered]:
        made = {one.entry.key: one for one in self._ready(db, conversation, inbox)}
        offers = [
            Offer(key, one.entry.shortcut, one.entry.text, one.entry.title, one.entry.language)
            for key, one in made.items()
        ]

        def fill(offer: Offer) -> tuple[str, tuple[str, ...]]:
            # What is missing is asked for when it is put in; here it only must not look like a variable.
            text = made[offer.key].text if offer.key in made else offer.text
            return text.replace("{", "‹").replace("}", "›"), ()

        found = suggest.for_conversation(db, self.learned, conversation, offers, fill)
        fitting = [
            Offered(one.text or "", one.chance, _stored(made[one.key]) if one.key in made else None)
            for one in found.fitting
        ]
        past = [
            Offered(filling.as_holes(one.text, GAP), one.likeness, None, one.conversation, safe_line(one.author or ""))
            for one in found.past
        ]
        return [*fitting, *past]

    # -- check and assistant -------------------------------------------------------------------------------------------

    async def doubts(self, conversation: int, mode: str, text: str, files: int) -> Sequence[str]:
        found = await self.db.read(
            lambda db: checking.check(
                db, conversation, self.me, text, mode=mode, files=files, particle=self.config.ui.particle
            )
        )
        return [safe_line(translated(doubt.message)) for doubt in found]

    async def assist(self, task: str, conversation: int | None, text: str = "", language: str = "") -> str:
        if not self.assists:
            raise Refused("No assistant is set up.", hint="[assistant] in the configuration names one.")
        argv = [sys.executable, "-P", "-m", "unibox_tui", *self.home, "assistant", task]
        argv += [] if conversation is None else [str(conversation)]
        argv += ["--to", language] if language else []
        argv += ["--text", "-"] if text else []
        wait = self.config.assistant.timeout_seconds + 10
        ran = await asyncio.to_thread(processes.pipe, argv, text.encode(), timeout=wait)
        if ran.status:
            # The child has said it in one line, without anybody's words.
            words = ran.err.decode("utf-8", "replace").strip().splitlines()
            raise UniboxError(say("The assistant did not help: {why}", why=words[0] if words else ran.status))
        return safe(ran.out.decode("utf-8", "replace")).strip()


def _stored(one: Ready) -> Stored:
    entry = one.entry
    return Stored(
        key=entry.key,
        shortcut=safe_line(entry.shortcut),
        title=safe_line(entry.title),
        group=safe_line(entry.group),
        text=safe(one.text),
        variant=one.variant,
        missing=one.missing,
        stops=one.stops,
        bubbles=max(len(filling.bubbles(one.text)), 1),
        buttons=tuple(safe_line(button) for button in entry.buttons),
        files=entry.files,
        scope="me" if entry.scope.startswith("agent:") else safe_line(entry.scope),
        editable=bool(entry.id),
    )
