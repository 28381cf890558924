"""What channels offer besides answering: templates, reactions, files fetched anew. Rows of the table of actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unibox_tui.desk import broadcasts, reacting, stickers, templates
from unibox_tui.desk.done import Done
from unibox_tui.desk.letter import Letter
from unibox_tui.desk.triage import UNSEEN
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor


def template(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """`template` (id or name), `values` (field -> text); as reply: inbox, identity, seen_n, force, hold_ms, send_at. With
    `address` and without a conversation it begins one."""
    name = args.get("template")
    if not name:
        raise WrongUse("Which template?", hint="`unibox template CONVERSATION --list` shows them.")
    values = {str(field): str(value) for field, value in (args.get("values") or {}).items()}
    letter = Letter(
        text="",
        inbox=args.get("inbox"),
        identity=args.get("identity"),
        seen_n=args.get("seen_n"),
        seen_owner=args.get("seen_owner", UNSEEN),
        force=bool(args.get("force")),
        hold_ms=args.get("hold_ms"),
        send_at=args.get("send_at"),
    )
    if not targets:
        inbox, address = args.get("inbox"), args.get("address")
        if not inbox or not address:
            raise WrongUse("To whom?")
        first = replace(letter, inbox=None)
        return templates.begin(tx, actor, inbox, address, str(name), values, first, args.get("name") or "")
    if len(targets) != 1:
        raise WrongUse("This works on one conversation at a time.")
    return templates.send(tx, actor, targets[0], str(name), values, letter)


def sticker(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """See `stickers.sticker`."""
    return stickers.sticker(tx, actor, args, targets)


def react(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """`message` (n), `emoji` ("none" takes it back)."""
    if args.get("emoji") is None:
        raise WrongUse("With which emoji?")
    return reacting.react(tx, actor, _message(args), str(args["emoji"]))


def broadcast(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """See `broadcasts.verb`."""
    return broadcasts.verb(tx, actor, args, targets)


def fetch_again(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """`message` (n), `file` (id; without: all of the message)."""
    return reacting.fetch_again(tx, actor, _message(args), args.get("file"))


def _message(args: Mapping[str, Any]) -> int:
    if args.get("message") is None:
        raise WrongUse(say("Which message?"))
    return int(args["message"])
