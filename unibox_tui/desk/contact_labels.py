"""The labels of a customer as one value that can be set: "vip, khách sỉ" means these and no others."""

from __future__ import annotations

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store import labels
from unibox_tui.store.database import Tx

FIELD = "labels"


def wanted(tx: Tx, contact: int, said: str) -> dict[str, tuple[int | None, int | None]]:
    """As `merging.change` takes it: `label.ID` -> (expected, new), only where something changes. New names are made.

    Raises WrongUse for two labels that exclude each other.
    """
    names = [name for name in (" ".join(part.split()) for part in said.split(",")) if name]
    rows = {int(row["id"]): row for row in (labels.ensure(tx, name) for name in names)}
    sets = [row["label_set"] for row in rows.values() if row["label_set"]]
    twice = next((one for one in sets if sets.count(one) > 1), None)
    if twice is not None:
        raise WrongUse(say("Only one label of {name!r} is possible.", name=twice))
    held = {int(row["id"]) for row in labels.of_contact(tx.db, contact)}
    on = {f"label.{id}": (None, 1) for id in rows if id not in held}
    return on | {f"label.{id}": (1, None) for id in sorted(held) if id not in rows}
