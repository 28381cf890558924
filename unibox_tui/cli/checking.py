"""`--check` of the verbs that write: what looks wrong, and nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from unibox_tui.cli.session import Session
    from unibox_tui.text.before_sending import Doubt

option: Callable[[Any], Any] = click.option("--check", is_flag=True, help="Only say what looks wrong; nothing is sent.")


def told(session: Session, conversation: int, text: str, *, mode: str, files: int, as_json: bool) -> None:
    """One line for each doubt, or `{"warnings": [{"code", "message"}]}`."""
    from unibox_tui.desk.checking import check

    found = session.read(
        lambda db: check(
            db, conversation, session.me, text, mode=mode, files=files, particle=session.config.ui.particle
        )
    )
    say_them(found, as_json=as_json)


def told_first(session: Session, inbox: str, text: str, *, name: str, files: int, as_json: bool) -> None:
    """The same of a text that begins a conversation."""
    from unibox_tui.desk.checking import check_first

    particle = session.config.ui.particle
    say_them(
        session.read(lambda db: check_first(db, inbox, session.me, text, name=name, files=files, particle=particle)),
        as_json=as_json,
    )


def say_them(found: Sequence[Doubt], *, as_json: bool) -> None:
    if as_json:
        say.document({"warnings": [{"code": doubt.code, "message": str(doubt.message)} for doubt in found]})
        return
    for doubt in found:
        say.line(f"{doubt.code}: {doubt.message}")
