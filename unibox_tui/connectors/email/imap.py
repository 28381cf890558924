"""Pulling a mailbox over one IMAP connection: what is new, then a piece of history, then listening.

Everything here blocks and runs in the mailbox's own thread: `ImapPull.batches()` is a plain generator, asked for the next
batch only when the last one is durable. A cursor moves only in the batch that holds its mails, so a cut loses nothing.
Folders are opened read-only; flags stay as they are.
"""

from __future__ import annotations

import datetime
import imaplib
import logging
import threading
import time
from array import array
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from unibox_tui.connectors.contract import Batch, Cursor, Item
from unibox_tui.connectors.email import cursors as places
from unibox_tui.connectors.email import folders
from unibox_tui.connectors.email.cursors import DAY, History, Live
from unibox_tui.connectors.email.fetching import Fetched, Listed, NotGiven, fetched, groups, listed
from unibox_tui.connectors.email.session import Session
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.email.trouble import words_of
from unibox_tui.domain.inbound import MailPlace, MessageReceived

CHUNK = 100  # new mails listed at once
HISTORY_CHUNK = 25  # old ones; between two chunks new mail is looked for
REMEMBER_SECONDS = 20.0  # how often a cursor is kept that only says when we looked
HARD_TRIES = 3  # a mail that the server refuses to give
CUT_TRIES = 5  # a mail at which the connection breaks
HARD_PAUSE = 30.0
FLAKY_AFTER = 2  # mails that came without IDLE telling
log = logging.getLogger(__name__)

ToItem = Callable[[Fetched, MailPlace], Item]


@dataclass
class Memory:
    """What outlives one connection, but not the process: mails at which the connection broke, and whether IDLE works."""

    cuts: dict[tuple[str, int, int], int] = field(default_factory=dict)
    one_by_one: set[tuple[str, int, int]] = field(default_factory=set)
    missed_by_idle: int = 0
    idle_broke: int = 0

    @property
    def idle_is_flaky(self) -> bool:
        return self.missed_by_idle >= FLAKY_AFTER or self.idle_broke >= FLAKY_AFTER


@dataclass
class _Folder:
    name: str
    live: Live
    history: History
    left: array[int] | None = None  # UIDs of the history not fetched yet, ascending
    hard_at: float = 0.0
    kept: Mapping[str, object] | None = None  # the live cursor as last handed out


class ImapPull:
    def __init__(
        self, session: Session, settings: EmailSettings, to_item: ToItem, memory: Memory, stop: threading.Event
    ) -> None:
        self.session, self.client, self.settings = session, session.client, settings
        self.to_item, self.memory, self.stop = to_item, memory, stop
        self.selected: str | None = None
        self.uidnext: int | None = None  # as the last SELECT told

    def batches(self, cursors: Mapping[str, Cursor]) -> Iterator[Batch]:
        """Until `stop`. `cursors` by stream name."""
        names = folders.watched(self.settings, self.session.folders())
        watched = []
        for name in names:
            folder = self._open(name, cursors)
            watched.append(folder)
            yield self._live_batch(folder, phase="connected")
            yield self._history_batch(folder)
        first, others = watched[0], watched[1:]
        others_at = 0.0
        listened = False
        while not self.stop.is_set():
            if time.monotonic() >= others_at:
                for folder in others:
                    yield from self._news(folder)
                others_at = time.monotonic() + self.settings.poll_seconds
            came = 0
            for batch in self._news(first):
                came += len(batch.items)
                yield batch
            if listened:
                self.memory.missed_by_idle += 1 if came else 0
                listened = False
            if behind := next((folder for folder in watched if not folder.history.finished), None):
                yield from self._piece_of_history(behind)
                continue
            pause = others_at - time.monotonic() if others else self.settings.idle_seconds
            pause = min(
                [pause, self.settings.idle_seconds, *(f.hard_at - time.monotonic() for f in watched if f.live.hard)]
            )
            listened = yield from self._wait(first, max(pause, 0.01))

    # -- new mail -------------------------------------------------------------------------------------------------

    def _open(self, name: str, cursors: Mapping[str, Cursor]) -> _Folder:
        """Select the folder and make its cursors fit what the server says."""
        uidvalidity, uidnext, modseq = self._select(name)
        days = self.settings.backfill_days
        live = places.live_of(cursors.get(places.live_stream(name)))
        history = places.history_of(cursors.get(places.history_stream(name)))
        if live is None:
            live = Live(uidvalidity, uidnext, time.time(), modseq)
        elif live.uidvalidity != uidvalidity:
            log.info("%s: folder %s was renumbered by the server", self.settings.address, name)
            live, history = self._renumbered(live, uidvalidity, uidnext), None
        if history is None or history.uidvalidity != uidvalidity:
            history = History(uidvalidity, live.uidnext, live.uidnext, days, finished=days == 0)
        elif not history.reaches(days):
            history = History(uidvalidity, history.top, history.top, days)
        return _Folder(name, live, history)

    def _renumbered(self, old: Live, uidvalidity: int, uidnext: int) -> Live:
        """All UIDs are new. What may have come since we last looked is read as news, the rest again as history; the store
        knows most of both by their Message-ID and only notes the new places."""
        since = old.at - DAY
        day = datetime.datetime.fromtimestamp(since - DAY, datetime.UTC).date()
        recent = self.client.search(["SINCE", day])
        return Live(uidvalidity, min(recent, default=uidnext), old.at, since=since, until=uidnext)

    def _news(self, folder: _Folder) -> Iterator[Batch]:
        if self._has_news(folder):
            uids = self._search_from(folder.live.uidnext)
            for start in range(0, len(uids), CHUNK):
                chunk = uids[start : start + CHUNK]
                yield from self._deliver(folder, chunk)
                folder.live.uidnext = max(folder.live.uidnext, chunk[-1] + 1)
            if self.uidnext is not None:
                folder.live.uidnext = max(folder.live.uidnext, self.uidnext)
        if folder.live.hard and time.monotonic() >= folder.hard_at:
            yield from self._deliver(folder, sorted(folder.live.hard), again=True)
        if folder.live.since is not None and folder.live.uidnext >= folder.live.until:
            folder.live.since = None
        now = time.time()
        if not 0 <= now - folder.live.at < REMEMBER_SECONDS or folder.live.json() != folder.kept:
            folder.live.at = now
            yield self._live_batch(folder)

    def _has_news(self, folder: _Folder) -> bool:
        """Select the folder if there may be something to fetch. CONDSTORE spares the look into a folder that did not change."""
        self.uidnext = None
        if self.selected == folder.name:
            self.client.noop()
            return True
        wanted = ["UIDVALIDITY", "UIDNEXT"] + (["HIGHESTMODSEQ"] if self.session.has("CONDSTORE") else [])
        status = self.client.folder_status(folder.name, wanted)
        modseq = status.get(b"HIGHESTMODSEQ")
        same_numbers = status.get(b"UIDVALIDITY") == folder.live.uidvalidity
        if same_numbers and modseq is not None and modseq == folder.live.modseq:
            return False
        if same_numbers and status.get(b"UIDNEXT") == folder.live.uidnext:
            folder.live.modseq = modseq
            return False
        uidvalidity, uidnext, _ = self._select(folder.name)
        if uidvalidity != folder.live.uidvalidity:
            folder.live = self._renumbered(folder.live, uidvalidity, uidnext)
            folder.history = History(uidvalidity, folder.live.uidnext, folder.live.uidnext, self.settings.backfill_days)
            folder.history.finished = folder.history.days == 0
            folder.left = None
        folder.live.modseq = modseq
        self.uidnext = uidnext
        return True

    def _search_from(self, uid: int) -> list[int]:
        # "n:*" always names the last mail, however low its UID.
        return (
            sorted(found for found in self.client.search(["UID", f"{uid}:*"]) if found >= uid)
            if uid > 1
            else sorted(self.client.search("ALL"))
        )

    def _deliver(self, folder: _Folder, uids: Sequence[int], *, again: bool = False) -> Iterator[Batch]:
        """Fetch and hand out `uids` as news. The live cursor moves with each batch, unless these are tried `again`."""
        live = folder.live
        mails = listed(self.client, uids)
        if again:
            live.hard = {mail.uid: live.hard.get(mail.uid, 0) for mail in mails}  # deleted ones are forgotten
            folder.hard_at = time.monotonic() + HARD_PAUSE
        for group in self._groups(folder, live.uidvalidity, mails):
            items = self._items(folder, live.uidvalidity, group, live.hard, at_once=False)
            inert = [live.is_history(mail.uid, mail.arrived, _sent(item)) for mail, item in items]
            if not again:
                live.uidnext = max(live.uidnext, group[-1].uid + 1)
            if live.hard:
                folder.hard_at = (
                    max(folder.hard_at, time.monotonic() + HARD_PAUSE) if again else time.monotonic() + HARD_PAUSE
                )
            for old in (True, False):
                chosen = tuple(item for (_, item), is_old in zip(items, inert, strict=True) if is_old is old)
                if chosen and old:  # without the cursor: the other half of the group is not kept yet
                    yield Batch(places.live_stream(folder.name), chosen, inert=True)
                elif chosen:
                    yield Batch(places.live_stream(folder.name), chosen, live.json())
            if all(inert):
                yield self._live_batch(folder)

    # -- history --------------------------------------------------------------------------------------------------

    def _piece_of_history(self, folder: _Folder) -> Iterator[Batch]:
        history = folder.history
        if self.selected != folder.name:
            self._select(folder.name)
        if folder.left is None:
            folder.left = self._search_history(history)
            history.total = history.done + len(folder.left)
        if not folder.left:
            history.finished = True
            yield self._history_batch(folder)
            return
        chunk = list(reversed(folder.left[-HISTORY_CHUNK:]))
        mails = listed(self.client, chunk)
        gone = len(chunk) - len(mails)
        for group in self._groups(folder, history.uidvalidity, mails):
            items = self._items(folder, history.uidvalidity, group, history.hard, at_once=True)
            history.done += len(group)
            history.low = group[-1].uid
            yield self._history_batch(folder, tuple(item for _, item in items))
            if self.stop.is_set():
                return
        history.done += gone
        history.low = chunk[-1]
        del folder.left[-len(chunk) :]
        history.finished = not folder.left
        yield self._history_batch(folder)

    def _search_history(self, history: History) -> array[int]:
        if history.low <= 1:
            return array("I")
        criteria: list[object] = ["UID", f"1:{history.low - 1}"]
        if history.days is not None:
            since = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=history.days)
            criteria += ["SINCE", since]
        return array("I", sorted(self.client.search(criteria)))

    # -- fetching -------------------------------------------------------------------------------------------------

    def _groups(self, folder: _Folder, uidvalidity: int, mails: Sequence[Listed]) -> Iterator[list[Listed]]:
        """As fetching.groups, but mails near which the connection broke stand alone."""
        for group in groups(mails, self.settings.message_size_limit):
            if any((folder.name, uidvalidity, mail.uid) in self.memory.one_by_one for mail in group):
                yield from ([mail] for mail in group)
            else:
                yield group

    def _items(
        self, folder: _Folder, uidvalidity: int, group: list[Listed], hard: dict[int, int], *, at_once: bool
    ) -> list[tuple[Listed, Item]]:
        """The group as items, in order. A mail that the server will not give is counted in `hard` and, when it was tried
        often enough (history: `at_once`, a few times in a row), becomes an item with an error."""
        limit = self.settings.message_size_limit
        keys = [(folder.name, uidvalidity, mail.uid) for mail in group]
        if len(group) == 1 and self.memory.cuts.get(keys[0], 0) >= CUT_TRIES:
            return [(group[0], self._given_up(folder, uidvalidity, group[0], "the connection breaks at it"))]
        try:
            mails = fetched(self.client, group, limit)
        except (imaplib.IMAP4.abort, OSError):
            if not self.stop.is_set():
                self.memory.one_by_one.update(keys)
                if len(group) == 1:
                    self.memory.cuts[keys[0]] = self.memory.cuts.get(keys[0], 0) + 1
            raise
        except (imaplib.IMAP4.error, NotGiven, ValueError) as error:
            if len(group) > 1:
                return [
                    pair for mail in group for pair in self._items(folder, uidvalidity, [mail], hard, at_once=at_once)
                ]
            return self._refused(folder, uidvalidity, group[0], hard, error, at_once=at_once)
        self.memory.one_by_one.difference_update(keys)
        for key, mail in zip(keys, group, strict=True):
            self.memory.cuts.pop(key, None)
            hard.pop(mail.uid, None)
        by_uid = {mail.uid: mail for mail in mails}
        return [
            (mail, self.to_item(by_uid[mail.uid], MailPlace(folder.name, uidvalidity, str(mail.uid))))
            for mail in group
            if mail.uid in by_uid
        ]

    def _refused(
        self, folder: _Folder, uidvalidity: int, mail: Listed, hard: dict[int, int], error: Exception, *, at_once: bool
    ) -> list[tuple[Listed, Item]]:
        tries = hard.get(mail.uid, 0) + 1
        log.warning("%s: mail %s in %s cannot be fetched (%s)", self.settings.address, mail.uid, folder.name, tries)
        if tries < HARD_TRIES:
            hard[mail.uid] = tries
            return self._items(folder, uidvalidity, [mail], hard, at_once=True) if at_once else []
        hard.pop(mail.uid, None)
        return [(mail, self._given_up(folder, uidvalidity, mail, words_of(error)))]

    def _given_up(self, folder: _Folder, uidvalidity: int, mail: Listed, why: str) -> Item:
        return Item(place=place_words(folder.name, uidvalidity, mail.uid), error=f"It could not be fetched: {why}")

    # -- waiting --------------------------------------------------------------------------------------------------

    def _wait(self, first: _Folder, seconds: float) -> Generator[Batch, None, bool]:
        """Listen, or sleep where listening does not work. Returns whether IDLE ran to its end in silence."""
        if not self.session.has("IDLE") or self.memory.idle_is_flaky:
            yield Batch("", phase="polling")
            self.stop.wait(min(seconds, self.settings.poll_seconds))
            return False
        if self.selected != first.name:
            _, uidnext, _ = self._select(first.name)
            if uidnext > first.live.uidnext:
                return False
        yield Batch("", phase="listening")
        started = time.monotonic()
        try:
            heard = self.session.wait_in_idle(seconds)
        except imaplib.IMAP4.abort:
            if not self.stop.is_set() and time.monotonic() - started < min(60.0, seconds / 2):
                self.memory.idle_broke += 1
            raise
        except imaplib.IMAP4.error:
            self.memory.idle_broke = FLAKY_AFTER  # offered, and then refused
            return False
        self.memory.idle_broke = 0
        if heard:
            self.memory.missed_by_idle = 0
        return not heard

    # -- small things ---------------------------------------------------------------------------------------------

    def _select(self, name: str) -> tuple[int, int, int | None]:
        """Open read-only; gives UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ (None where the server has no CONDSTORE)."""
        self.selected = None
        told = self.client.select_folder(name, readonly=True)
        self.selected = name
        uidnext = told.get(b"UIDNEXT")
        if uidnext is None:
            uidnext = max(self.client.search(["UID", "*"]), default=0) + 1
        return int(told.get(b"UIDVALIDITY") or 0), int(uidnext), told.get(b"HIGHESTMODSEQ")

    def _live_batch(self, folder: _Folder, phase: str = "") -> Batch:
        folder.kept = folder.live.json()
        return Batch(places.live_stream(folder.name), cursor=folder.kept, phase=phase)

    def _history_batch(self, folder: _Folder, items: tuple[Item, ...] = ()) -> Batch:
        history = folder.history
        running = not history.finished
        return Batch(
            places.history_stream(folder.name),
            items,
            history.json(),
            inert=True,
            phase="backfill" if running and items else "",
            progress=(min(history.done, history.total), history.total) if running and history.total else None,
        )


def place_words(folder: str, uidvalidity: int, uid: int | str) -> str:
    return f"{folder}/{uidvalidity}/{uid}"


def _sent(item: Item) -> float | None:
    """The mail's own Date, in epoch seconds."""
    for event in item.events:
        if isinstance(event, MessageReceived):
            return event.sent_at / 1000
    return None
