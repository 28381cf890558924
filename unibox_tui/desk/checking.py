"""The check before sending, with what the store knows of the customer and of others."""

from __future__ import annotations

import json
import sqlite3

from unibox_tui.store import agents, checking_reading, contact_reading, contacts, conversations, given, inboxes
from unibox_tui.text.before_sending import Around, Doubt, Person, asked_kind, doubts
from unibox_tui.text.names import title_guess


def check(
    db: sqlite3.Connection,
    conversation: int,
    agent: str,
    text: str,
    *,
    mode: str = "reply",
    files: int = 0,
    particle: str = "",
) -> tuple[Doubt, ...]:
    """What is doubtful about this text as a reply or note here. Raises NotFound."""
    top = conversations.root(db, conversation)
    row = conversations.get(db, top)
    ids = conversations.members(db, top)
    people = contact_reading.contacts_of(db, ids)
    contact = contacts.get(db, people[0])
    inbox = inboxes.by_id(db, row["last_inbox_id"]) if row["last_inbox_id"] else None
    names = checking_reading.names_of(db, people)
    language = contact["language"] or ""
    title = contact["title"] or ""
    if not title and names and "/" not in (guess := title_guess(names[0], language)):
        title = guess
    phones = checking_reading.phones_of(db, people, ids)
    person = Person(
        tuple(names), title, language, tuple(phones), _known(db, people, ids, contact["attributes"], phones)
    )
    around = Around(
        others=checking_reading.names_of_others(db, people),
        ours=[agents.display(db, agent), row["group_name"], *(one["display"] for one in agents.all_agents(db))],
        our_phones=checking_reading.our_phones(db),
        particle=particle,
        region=inbox.region if inbox is not None else "VN",
    )
    return doubts(text, person, around, mode=mode, files=files)


def check_first(
    db: sqlite3.Connection, inbox: str, agent: str, text: str, *, name: str = "", files: int = 0, particle: str = ""
) -> tuple[Doubt, ...]:
    """The same about a text that begins a conversation with somebody called `name`. Raises NotFound for the inbox."""
    through = inboxes.named(db, inbox)
    around = Around(
        others=checking_reading.names_of_others(db, []) if name else (),
        ours=[agents.display(db, agent), through.group_name, *(one["display"] for one in agents.all_agents(db))],
        our_phones=checking_reading.our_phones(db),
        particle=particle,
        region=through.region,
    )
    return doubts(text, Person((name,) if name else ()), around, files=files)


def check_forwarded(text: str) -> tuple[Doubt, ...]:
    """About words above a forwarded message: whom they are for is not known, and its files go along."""
    return tuple(doubt for doubt in doubts(text, Person(), Around(), files=1) if doubt.code in ("unresolved", "note"))


def _known(
    db: sqlite3.Connection, people: list[int], ids: list[int], attributes: str, phones: list[str]
) -> frozenset[str]:
    kinds = {row["kind"] for row in contact_reading.keys(db, people)}
    kinds |= {row["kind"] for row in contact_reading.found(db, ids, 30)}
    kinds |= {"email" for row in contact_reading.identities(db, people) if row["kind"] == "email"}
    # What the team noted, and what the customer handed over in a form or by a button of the channel.
    told = {name: value for name, value in json.loads(attributes).items() if value}
    told |= {name: value for contact in people for name, value in given.known(db, contact).items()}
    kinds |= {kind for name in told if (kind := asked_kind(name)) is not None}
    return frozenset((kinds | ({"phone"} if phones else set())) & {"phone", "email", "order", "address", "name"})
