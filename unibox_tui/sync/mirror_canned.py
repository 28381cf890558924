"""Canned replies of an upstream inbox, both ways: those of the scope `inbox:NAME` here are the helpdesk's own.

What both sides had last tells who changed something. Where both did, the helpdesk's word stands.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from unibox_tui.connectors.errors import SendRejected
from unibox_tui.connectors.mirroring import CannedThere, MirrorsCanned
from unibox_tui.desk.canned import SHORTCUT
from unibox_tui.domain.words import Author
from unibox_tui.store import canned, events, mirrors
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.inboxes import InboxRow

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """`put` (shortcut, text, id there or ""), `drop` ids: to be done there; `take` and `lose` (shortcuts): here."""

    put: tuple[tuple[str, str, str], ...] = ()
    drop: tuple[str, ...] = ()
    take: tuple[tuple[str, str], ...] = ()
    lose: tuple[str, ...] = ()


def planned(
    ours: Mapping[str, str], theirs: Mapping[str, str], base: Mapping[str, str], ids: Mapping[str, str]
) -> Plan:
    """Shortcut -> text of each side and of both as they were; `ids`: shortcut -> id there."""
    put, drop, take, lose = [], [], [], []
    for name in sorted({*ours, *theirs}):
        here, there, before = ours.get(name), theirs.get(name), base.get(name)
        if here == there:
            continue
        if there is not None and there != before:
            take.append((name, there))
        elif here is not None and here != before:
            put.append((name, here, ids.get(name, "")))
        elif there is None:
            lose.append(name)
        else:
            drop.append(ids[name])
    return Plan(tuple(put), tuple(drop), tuple(take), tuple(lose))


async def both_ways(db: Database, inbox: InboxRow, connector: MirrorsCanned) -> None:
    """One round. Raises the errors of the tree; what was done before is found done the next time."""
    scope = f"inbox:{inbox.name}"
    listed = [one for one in await connector.canned() if SHORTCUT.fullmatch(one.shortcut) and one.text.strip()]
    theirs = {one.shortcut: one.text for one in listed}
    ours = {row["shortcut"]: row["text"] for row in await db.read(lambda c: mirrors.canned_ours(c, scope))}
    base = {row["shortcut"]: row["text"] for row in await db.read(lambda c: mirrors.canned_base(c, inbox.id))}
    plan = planned(ours, theirs, base, {one.shortcut: one.id for one in listed})
    after = {one.shortcut: one for one in listed}
    for shortcut, text, id in plan.put:
        try:
            after[shortcut] = CannedThere(await connector.put_canned(shortcut, text, id), shortcut, text)
        except SendRejected as error:
            log.warning("inbox %s: a canned reply is not taken upstream: %s", inbox.name, error.message)
    for id in plan.drop:
        try:
            await connector.drop_canned(id)
        except SendRejected as error:
            log.warning("inbox %s: a canned reply stays upstream: %s", inbox.name, error.message)
        else:
            after = {name: one for name, one in after.items() if one.id != id}

    def write(tx: Tx) -> None:
        for shortcut, text in plan.take:
            canned.put(tx, shortcut, text, scope=scope)
        for shortcut in plan.lose:
            canned.drop(tx, shortcut, scope)
        for kind, names in (("taken", [one for one, _ in plan.take]), ("lost", list(plan.lose))):
            if names:
                actor = events.Actor(Author.SYSTEM, None, "mirror")
                events.record(tx, actor, f"canned.{kind}", inbox=inbox.id, data={"shortcuts": names})
        mirrors.keep_canned(tx, inbox.id, [(one.id, one.shortcut, one.text) for one in after.values()])

    if plan != Plan() or after.keys() != base.keys() or any(base[name] != one.text for name, one in after.items()):
        await db.write(write)
