"""Verbs about answers that wait, failed, or whose fate is unknown."""

from __future__ import annotations

from typing import Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.cli.triage import act
from unibox_tui.domain.errors import NotFound


@click.group()
def outbox() -> None:
    """Answers we owe the providers."""


@outbox.command("list")
@click.option("--inbox", metavar="NAME", help="Of this inbox only.")
@click.option("--sent", is_flag=True, help="Also what was sent or cancelled.")
@args.as_json
@click.pass_obj
def list_(session: Session, inbox: str | None, sent: bool, as_json: bool) -> None:
    """What waits, moves, failed, or may or may not have arrived; oldest first."""
    from unibox_tui.store import inboxes
    from unibox_tui.views import outbox as view

    states = (*view.OPEN_STATES, "sent", "cancelled") if sent else view.OPEN_STATES

    def work(db: Any) -> tuple[Any, ...]:
        id = inboxes.named(db, inbox).id if inbox is not None else None
        return view.outbox(db, states=states, inbox=id)

    lines = session.read(work)
    if session.hides_phones:
        from unibox_tui.views import masking

        lines = masking.outbox(lines)
    if as_json:
        say.documents(view.as_json(one) for one in lines)
        return
    say.table(
        [
            [
                one.id,
                f"#{one.conversation_id}",
                one.inbox,
                one.state,
                one.to,
                " · ".join(part for part in (one.reason, one.text) if part),
            ]
            for one in lines
        ]
    )


def _verb(name: str, help: str) -> click.Command:
    @click.command(name, help=f"{help} ID is an outbox item or a message, or the beginning of one.")
    @click.argument("id")
    @args.as_json
    @click.pass_obj
    def verb(session: Session, id: str, as_json: bool) -> None:
        act(session, name, [], as_json=as_json, outbox=_item(session, id))

    return verb


def _item(session: Session, id: str) -> str:
    """The outbox id, of the item itself or of a message."""
    from unibox_tui.store import messages
    from unibox_tui.store import outbox as items

    def work(db: Any) -> str:
        try:
            return str(items.get(db, id)["id"])
        except NotFound as nothing:
            try:
                item = items.of_message(db, messages.by_id(db, id)["n"])
            except NotFound:
                raise nothing from None
            if item is None:
                raise nothing from None
            return str(item["id"])

    return session.read(work)


retry = _verb("retry", "Send again what failed, or what may not have arrived.")
keep = _verb("keep", "Take an answer of unknown fate as delivered.")
cancel = _verb("cancel", "Stop an answer that has not left; its text is your draft again.")
for _command in (retry, keep, cancel):
    outbox.add_command(_command)
