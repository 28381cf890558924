"""What a fact tells of the person behind an address besides the message itself."""

from __future__ import annotations

from unibox_tui.domain.inbound import Person
from unibox_tui.store import given, profiles
from unibox_tui.store.database import Tx

_NOT_FACTS = frozenset({"avatar"})


def handed_over(tx: Tx, identity: int, contact: int, person: Person, source: str, at: int, *, whole: bool) -> None:
    """Keep what the customer gave. `whole`: with name and all fields, as from a form; else only what they stated by the way."""
    values: dict[str, str] = {"email": person.email or "", "phone": person.phone or ""}
    if whole:
        values |= {
            name: str(value)
            for name, value in person.attributes.items()
            if name not in _NOT_FACTS and not name.startswith("_")
        }
        values |= {kind: value for kind, value in person.vouched if kind in ("email", "phone")}
        values["name"] = person.name
    if given.keep(tx, identity, values, source, at):
        tx.changed("contact", contact)


def is_here(tx: Tx, identity: int) -> None:
    """They write: who they are may be asked again."""
    profiles.here(tx, identity)
