"""Asking the customer for name, number and address by the channel's own form, and only for what is not known yet."""

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
from unibox_tui.store import conversations, given
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor


def request_info(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """`title` and `text` instead of the inbox's own, `force` past what is known; as reply: inbox, identity, seen_n, hold_ms,
    send_at. The capability `extra.request_info` holds the inbox's form: title, subtitle, image_url and the `fields` it asks
    for. Raises Refused when all of these have been handed over already."""
    if len(targets) != 1:
        raise WrongUse("This works on one conversation at a time.")
    letter = Letter(
        text="",
        kind="request",
        inbox=args.get("inbox"),
        identity=args.get("identity"),
        seen_n=args.get("seen_n"),
        seen_owner=args.get("seen_owner", UNSEEN),
        force=bool(args.get("force")),
        hold_ms=args.get("hold_ms"),
        send_at=args.get("send_at"),
    )
    row = conversations.get(tx.db, conversations.root(tx.db, targets[0]))
    inbox, identity = way_of(tx, row, letter)
    form = inbox.capabilities.extra.get("request_info")
    if not isinstance(form, Mapping):
        raise Refused(
            say("{inbox} has no form to ask with.", inbox=inbox.title),
            hint="A Zalo inbox has one when its `form_image` is set.",
        )
    known = [name for name in form["fields"] if name in given.known(tx.db, row["contact_id"])]
    names = ", ".join(known)
    if len(known) == len(form["fields"]) and not letter.force:
        raise Refused(
            say("They have handed over {names} already.", names=names),
            hint="It stands in the panel; --force asks again.",
            code="known_already",
        )
    title, line = (str(args.get(key) or form[own]) for key, own in (("title", "title"), ("text", "subtitle")))
    options = {"request_info": {"title": title, "subtitle": line, "image_url": form["image_url"]}}
    done = reply(
        tx,
        actor,
        row["id"],
        replace(letter, text=f"{title}\n{line}", inbox=inbox.name, identity=identity["id"], options=options),
    )
    data = {**done.data, "known": known}
    if not known:
        return replace(done, data=data)
    return replace(done, summary=say("{summary}; known already: {names}", summary=done.summary, names=names), data=data)
