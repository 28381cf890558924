"""The contact people mean: a number, a uid, `#10482` for the customer of a conversation, or an address."""

from __future__ import annotations

import sqlite3

from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store import conversations, merging
from unibox_tui.text.keys import normal


def named(db: sqlite3.Connection, said: str) -> int:
    """Who that is now. Raises NotFound, and WrongUse when several have the address."""
    word = said.strip()
    if word.startswith("#"):
        top = conversations.get(db, conversations.root(db, conversations.named(db, word)))
        return merging.root(db, int(top["contact_id"]))
    if word.isascii() and word.isdigit() and len(word) < 9:
        return merging.root(db, int(word))
    row = db.execute("SELECT id FROM contact WHERE uid = :uid", {"uid": word.lower()}).fetchone()
    if row is not None:
        return merging.root(db, int(row[0]))
    found = {
        int(row[0])
        for row in db.execute(
            "SELECT contact_id FROM identity WHERE address IN (:word, :lower) UNION "
            "SELECT contact_id FROM contact_key WHERE kind = 'email' AND norm = :email UNION "
            "SELECT contact_id FROM contact_key WHERE kind = 'phone' AND norm = :phone LIMIT 20",
            {
                "word": word,
                "lower": word.lower(),
                "email": normal("email", word, "VN") or None,
                "phone": normal("phone", word, "VN") or None,
            },
        )
    }
    if not found:
        raise NotFound(
            "There is no such contact.", hint="A number, an address, or '#10482' for a conversation's customer."
        )
    if len(found) > 1:
        numbers = ", ".join(str(id) for id in sorted(found))
        raise WrongUse(
            "Several contacts have that address.", hint=say("Name one by its number: {numbers}.", numbers=numbers)
        )
    return found.pop()
