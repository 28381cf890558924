"""A sticker as an answer, where the inbox can send one: by the id under which the provider knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unibox_tui.desk.answer import reply
from unibox_tui.desk.done import Done
from unibox_tui.desk.letter import Letter
from unibox_tui.desk.routes import way_of
from unibox_tui.desk.triage import UNSEEN
from unibox_tui.domain.errors import Refused, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Status
from unibox_tui.store import conversations
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor

SHOWN = "[sticker]"  # as one that came in


def sticker(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """`sticker`: as the capability `extra.sticker` names its parts, with a slash between (`446/1988`); as reply: inbox,
    address, identity, answers, seen_n, seen_owner, force, hold_ms, send_at, then. Raises Refused where the inbox sends none."""
    if len(targets) != 1:
        raise WrongUse("This works on one conversation at a time.")
    said = str(args.get("sticker") or "").strip()
    if not said:
        raise WrongUse("Which sticker?", hint="The ids of those a customer sent stand in `unibox show --json`.")
    letter = Letter(
        text=SHOWN,
        kind="sticker",
        inbox=args.get("inbox"),
        address=args.get("address"),
        identity=args.get("identity"),
        answers=args.get("answers"),
        seen_n=args.get("seen_n"),
        seen_owner=args.get("seen_owner", UNSEEN),
        force=bool(args.get("force")),
        hold_ms=args.get("hold_ms"),
        send_at=args.get("send_at"),
    )
    top = conversations.root(tx.db, targets[0])
    inbox, identity = way_of(tx, conversations.get(tx.db, top), letter)
    named = inbox.capabilities.extra.get("sticker")
    if not named:
        raise Refused(say("{inbox} sends no stickers.", inbox=inbox.title), hint="Send a picture, or a word.")
    values = said.split("/") if len(named) > 1 else [said]
    if len(values) != len(named) or not all(value.strip() for value in values):
        form = "/".join(str(name).upper() for name in named)
        raise WrongUse(say("“{said}” is no sticker of {inbox}.", said=said, inbox=inbox.title), hint=form)
    value: Any = values[0] if len(named) == 1 else dict(zip(named, values, strict=True))
    then = {"resolve": Status.RESOLVED, "pending": Status.PENDING}.get(args.get("then") or "")
    whole = replace(letter, inbox=inbox.name, identity=identity["id"], options={"sticker": value})
    return reply(tx, actor, top, whole, then=then)
