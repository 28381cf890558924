"""What an agent does with stored answers themselves, as actions of the one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.desk import canned
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor


def save(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """`entry`: a `canned.Canned`; `instead`: the one it takes the place of when its name, scope or language is another."""
    entry = args.get("entry")
    if not isinstance(entry, canned.Canned):
        raise WrongUse("Which stored answer?")
    id = canned.save(tx, actor.agent, entry)
    old = args.get("instead")
    if isinstance(old, canned.Canned) and old.id and old.id != id:
        canned.drop(tx, actor.agent, old.shortcut, scope=old.scope, language=old.language)
    return Done(say("/{shortcut} stored", shortcut=entry.shortcut.strip().lstrip("/")), data={"id": id})


def remove(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    shortcut = str(args.get("shortcut") or "").strip().lstrip("/")
    canned.drop(tx, actor.agent, shortcut, scope=str(args.get("scope") or "team"), language=args.get("language"))
    return Done(say("/{shortcut} removed", shortcut=shortcut))


def used(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    canned.used(tx, str(args.get("key") or ""))
    return Done("")
