"""Canned replies: whose they are, which one is meant, and what would be sent to this customer through this inbox.

What cannot be filled stays in the text and is named, so that it is never sent by mistake.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import say
from unibox_tui.store import agents, contact_reading, contacts, conversations, inboxes
from unibox_tui.store import canned as rows
from unibox_tui.store.database import Row, Tx
from unibox_tui.text import filling
from unibox_tui.text.fold import fold
from unibox_tui.text.names import given_name, greeting_name, title_guess

SHORTCUT = re.compile(r"[^\s/{}]{1,40}")
LONGEST = {"title": 200, "group": 60, "text": 20_000}
MOST_BUTTONS = 13
PARTICLES = ("ค่ะ", "ครับ")
_LANGUAGES = ("vi", "th", "en")
_SELF = {"anh": "em", "chị": "em", "cô": "em", "chú": "em", "bác": "em", "ông": "em", "bà": "em", "dì": "em"}
_RANK = {"file": 0, "team": 1, "inbox": 2, "agent": 3}


@dataclass(frozen=True, slots=True)
class Canned:
    """`id` is empty for those of the configuration file. `scope`: team, agent:NAME, inbox:NAME. `files`: as kept in the
    store (name, media_type, size, sha256), or paths."""

    shortcut: str
    text: str
    title: str = ""
    language: str | None = None
    id: str = ""
    scope: str = "team"
    group: str = ""
    variants: Mapping[str, str] = field(default_factory=dict)
    buttons: tuple[str, ...] = ()
    files: tuple[Mapping[str, Any] | str, ...] = ()
    used: int = 0

    @property
    def key(self) -> str:
        """What suggestions and use are counted under."""
        return f"canned:{self.id}" if self.id else f"file:{self.shortcut}"


@dataclass(frozen=True, slots=True)
class Ready:
    """One as it would go now. `variant`: chat, sms or mail where it has one of its own for this kind of channel, else "".
    `stops`: places for the caret in `text`, which still holds the lines that part bubbles."""

    entry: Canned
    text: str
    variant: str
    missing: tuple[str, ...] = ()
    stops: tuple[int, ...] = ()


def kind_of(capabilities: Capabilities) -> str:
    """Which variant an inbox takes: mail, sms or chat."""
    if capabilities.subject:
        return "mail"
    return "sms" if capabilities.address_kind == "phone" and not capabilities.attachments else "chat"


# -- which there are ---------------------------------------------------------------------------------------------------


def listed(
    db: sqlite3.Connection,
    agent: str,
    from_config: Iterable[Canned] = (),
    *,
    inbox: str | None = None,
    language: str | None = None,
) -> list[Canned]:
    """The store's and the file's, most used first. One's own wins over the inbox's, that over the team's of the same
    shortcut. `inbox`, `language`: only what may be used there; None: of all."""
    uses = rows.uses_of_filed(db)
    every = [replace(entry, used=uses.get(entry.key, 0)) for entry in from_config]
    every += [_of_row(row) for row in rows.all_for(db, agent)]
    if inbox is not None:
        every = [entry for entry in every if entry.scope in ("team", f"agent:{agent}", "me", f"inbox:{inbox}")]
    if language is not None:
        every = [entry for entry in every if entry.language in (None, "", language)]
    found: dict[tuple[str, ...], Canned] = {}
    for entry in sorted(every, key=_rank):
        # For one customer the one of their language is meant; in the whole list each stands by itself.
        apart = () if language is not None else (entry.language or "",)
        place = () if inbox is not None or not entry.scope.startswith("inbox:") else (entry.scope,)
        found[(entry.shortcut, *apart, *place)] = entry
    return sorted(found.values(), key=lambda entry: (-entry.used, entry.shortcut, entry.language or ""))


def _rank(entry: Canned) -> tuple[bool, int]:
    """The last one of a shortcut counts."""
    return bool(entry.language), _RANK["file" if not entry.id else entry.scope.partition(":")[0]]


def _of_row(row: Row) -> Canned:
    return Canned(
        row["shortcut"],
        row["text"],
        row["title"],
        row["language"],
        row["id"],
        row["scope"],
        row["group_name"],
        json.loads(row["variants"]),
        tuple(json.loads(row["buttons"])),
        tuple(json.loads(row["attachments"])),
        int(row["used"]),
    )


def matching(entries: Iterable[Canned], typed: str) -> list[Canned]:
    """Those whose shortcut begins with what was typed, then those that hold it in shortcut, title or text; accents do not matter."""
    needle = fold(typed)
    first = [entry for entry in entries if fold(entry.shortcut).startswith(needle)]
    then = [
        entry
        for entry in entries
        if entry not in first and needle in fold(f"{entry.shortcut} {entry.title} {entry.text}")
    ]
    return sorted(first, key=lambda entry: len(entry.shortcut)) + then


def named(entries: Iterable[Canned], shortcut: str) -> Canned:
    """Raises NotFound."""
    clean = shortcut.strip().lstrip("/")
    found = next((entry for entry in entries if fold(entry.shortcut) == fold(clean)), None)
    if found is None:
        raise NotFound(
            say("There is no canned reply /{shortcut}.", shortcut=clean), hint="`unibox canned list` shows them."
        )
    return found


# -- what would be sent ------------------------------------------------------------------------------------------------


def ready(entry: Canned, known: Mapping[str, str], kind: str) -> Ready:
    """`known` as from `variables`, `kind` as from `kind_of`."""
    variant = kind if entry.variants.get(kind) else "chat" if kind == "sms" and entry.variants.get("chat") else ""
    text = entry.variants[variant] if variant else entry.text
    filled = filling.fill(filling.as_one(text) if kind == "mail" else text, known)
    return Ready(entry, filled.text, variant, filled.missing, filled.stops)


def fill(
    db: sqlite3.Connection, entry: Canned, conversation: int, agent: str, *, particle: str = "", kind: str = ""
) -> tuple[str, tuple[str, ...]]:
    """(text with the variables filled, names of those that could not be)."""
    made = ready(entry, variables(db, conversation, agent, particle=particle), kind)
    return made.text, made.missing


def variables(db: sqlite3.Connection, conversation: int, agent: str, *, particle: str = "") -> Mapping[str, str]:
    """What is known of this customer, by the names of `text.filling.NAMES`. `particle`: how this agent ends a Thai
    sentence (ค่ะ, ครับ). A Vietnamese title that nobody has chosen and no name tells is not among them."""
    top = conversations.root(db, conversation)
    row = conversations.get(db, top)
    contact = contacts.get(db, row["contact_id"])
    inbox = inboxes.by_id(db, row["last_inbox_id"]) if row["last_inbox_id"] else None
    language = contact["language"] or (inbox.language if inbox is not None else "") or ""
    name = contact["name"] or ""
    title = contact["title"] or ""
    if not title and (guess := title_guess(name, language)) and "/" not in guess:
        title = guess
    keys = {key["kind"]: key["value"] for key in reversed(contact_reading.keys(db, [contact["id"]]))}
    known = {
        "name": name,
        "given": given_name(name, language) if name else "",
        "title": title,
        "customer": greeting_name(name, language, title) if title or language == "en" else "",
        "self": _own(language, title, particle),
        "agent": agents.display(db, agent),
        "number": str(top),
        "inbox": inbox.title if inbox is not None else "",
        "phone": keys.get("phone", ""),
        "email": keys.get("email", ""),
        "order": rows.latest_order(db, conversations.members(db, top)),
        "language": language,
    }
    if language != "th":
        return {**known, "polite": "ạ" if language == "vi" else "", "ask": "ạ" if language == "vi" else ""}
    return {**known, "polite": particle, "ask": "คะ" if particle == "ค่ะ" else particle} if particle else known


def _own(language: str, title: str, particle: str) -> str:
    """How we call ourselves before this customer."""
    if language == "vi":
        return _SELF.get(title, "mình")
    if language == "th":
        return {"ครับ": "ผม", "ค่ะ": "ดิฉัน"}.get(particle, "")
    return "I" if language == "en" else ""


# -- keeping -----------------------------------------------------------------------------------------------------------


def save(tx: Tx, agent: str, entry: Canned) -> str:
    """Store one, or replace the one of its shortcut, scope and language; returns its id. `scope` may be "me". Raises
    WrongUse, NotFound for an inbox that is not there."""
    clean = entry.shortcut.strip().lstrip("/")
    if not SHORTCUT.fullmatch(clean):
        raise WrongUse(
            say("{shortcut!r} cannot be a shortcut.", shortcut=entry.shortcut),
            hint="One word without spaces, as in /ship.",
        )
    if not entry.text.strip() and not entry.files:
        raise WrongUse(say("/{shortcut} has no text.", shortcut=clean), hint="A stored answer has a text or a file.")
    for name, longest in LONGEST.items():
        if len(getattr(entry, name)) > longest:
            raise WrongUse(say("/{shortcut}: {name} is too long.", shortcut=clean, name=name))
    if entry.language not in (None, "", *_LANGUAGES):
        raise WrongUse(say("{language!r} is no language here.", language=entry.language), hint="vi, th or en.")
    wrong = [kind for kind in entry.variants if kind not in filling.KINDS]
    if wrong:
        raise WrongUse(say("{kind!r} is no kind of channel.", kind=wrong[0]), hint="One of chat, sms, mail.")
    if len(entry.buttons) > MOST_BUTTONS or any(not button.strip() or "\n" in button for button in entry.buttons):
        raise WrongUse(say("At most {n} buttons, each one line.", n=MOST_BUTTONS))
    if any(isinstance(file, str) for file in entry.files):
        raise WrongUse("The files of a stored answer must be taken in first.")
    return rows.put(
        tx,
        clean,
        entry.text,
        title=entry.title.strip(),
        language=entry.language,
        scope=scope_of(tx, agent, entry.scope),
        group=entry.group.strip(),
        variants={kind: text for kind, text in entry.variants.items() if text.strip()},
        buttons=[button.strip() for button in entry.buttons],
        files=[file for file in entry.files if not isinstance(file, str)],
    )


def scope_of(tx: Tx, agent: str, said: str) -> str:
    """`team`, `me` or `inbox:NAME` as the store keeps it."""
    if said in ("me", f"agent:{agent}"):
        return f"agent:{agent}"
    if said.startswith("inbox:"):
        return f"inbox:{inboxes.named(tx.db, said[6:]).name}"
    if said != "team":
        raise WrongUse(say("{scope!r} is nobody's answers.", scope=said), hint="team, me or inbox:NAME.")
    return said


def add(
    tx: Tx, agent: str, shortcut: str, text: str, *, title: str = "", language: str | None = None, own: bool = False
) -> str:
    """Store one for the team, or for oneself; returns its id."""
    return save(tx, agent, Canned(shortcut, text, title, language, scope="me" if own else "team"))


def drop(tx: Tx, agent: str, shortcut: str, *, own: bool = False, scope: str = "", language: str | None = None) -> None:
    rows.drop(tx, shortcut.strip().lstrip("/"), scope_of(tx, agent, scope or ("me" if own else "team")), language)


def used(tx: Tx, key: str) -> None:
    rows.used(tx, key)
