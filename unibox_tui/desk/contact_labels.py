"""The labels of a customer: as one value that can be set ("vip, khách sỉ" means these and no others), and one by one."""

from __future__ import annotations

from collections.abc import Sequence

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


def moved(
    tx: Tx, contact: int, put: Sequence[str], take: Sequence[str]
) -> tuple[dict[str, tuple[int | None, int | None]], list[str], list[str]]:
    """(as `wanted`, names that are put on, names that are taken off). New names are made; a label of a set takes the place of
    the one of that set. Raises WrongUse, NotFound for one to be taken off that does not exist."""
    clean = [[name for name in (" ".join(name.split()) for name in names) if name] for names in (put, take)]
    if not any(clean):
        raise WrongUse(say("Which label?"), hint="`contact label CONTACT vip`")
    on = {int(row["id"]): row for row in (labels.ensure(tx, name) for name in clean[0])}
    off = {int(row["id"]): row for row in (labels.named(tx.db, name) for name in clean[1])}
    sets = {row["label_set"] for row in on.values()} - {None, ""}
    if both := on.keys() & off.keys():
        raise WrongUse(say("{name!r} cannot be put on and taken off at once.", name=on[min(both)]["name"]))
    if len([row for row in on.values() if row["label_set"]]) > len(sets):
        twice = next(row["label_set"] for row in on.values() if row["label_set"])
        raise WrongUse(say("Only one label of {name!r} is possible.", name=twice))
    held = {int(row["id"]): row for row in labels.of_contact(tx.db, contact)}
    gone = {id: row for id, row in held.items() if id in off or (row["label_set"] in sets and id not in on)}
    change: dict[str, tuple[int | None, int | None]] = {f"label.{id}": (1, None) for id in gone}
    change |= {f"label.{id}": (None, 1) for id in on if id not in held}
    return change, [on[id]["name"] for id in on], [off[id]["name"] for id in off]
