"""Verbs about labels as such."""

from __future__ import annotations

from typing import Any

import click

from unibox_tui.cli import args, many, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import WrongUse


@click.command()
@args.as_json
@click.pass_obj
def labels(session: Session, as_json: bool) -> None:
    """All labels, last used first, with how many conversations have each."""
    from unibox_tui.store import label_editing
    from unibox_tui.store.labels import all_labels

    found, counts = session.read(lambda db: (all_labels(db), label_editing.counts(db)))
    rows = []
    for row in found:
        count = counts.get(row["id"], 0)
        if as_json:
            told = {name: row[name] for name in ("name", "colour", "description", "used_at")}
            say.document({**told, "set": row["label_set"], "sticks": bool(row["sticks"]), "conversations": count})
        else:
            marks = " ".join(mark for mark in (f"[{row['label_set']}]" if row["label_set"] else "", "sticks" if row["sticks"] else "") if mark)  # fmt: skip
            rows.append((row["name"], str(count), row["colour"], marks, row["description"]))
    say.table(rows)


@click.command("label-edit")
@click.argument("label")
@click.option("--name", help="Another name, everywhere at once.")
@click.option("--colour", help="red, orange, yellow, green, blue, purple, grey; empty: none.")
@click.option("--description", help="What it means.")
@click.option("--set", "label_set", help="Labels of one set exclude each other; empty: of none.")
@click.option("--sticks/--no-sticks", default=None, help="It goes to the customer too.")
@click.option("--into", metavar="LABEL", help="Make it one with this label.")
@click.option("--remove", is_flag=True, help="Off everything, and gone.")
@args.as_json
@click.pass_obj
def label_edit(
    session: Session,
    label: str,
    name: str | None,
    colour: str | None,
    description: str | None,
    label_set: str | None,
    sticks: bool | None,
    into: str | None,
    remove: bool,
    as_json: bool,
) -> int:
    """Change a label itself; one that is not there is made. `undo` takes it back."""
    from unibox_tui.desk.actions import Call, perform

    given: dict[str, Any] = {"name": name, "colour": colour, "description": description, "sticks": sticks}
    fields = {key: value for key, value in given.items() if value is not None}
    if label_set is not None:
        fields["label_set"] = label_set
    if sum((bool(fields), into is not None, remove)) != 1:
        raise WrongUse(
            "Either a change, or --into, or --remove.", hint="`unibox label-edit --help` shows what there is."
        )
    if into is not None or remove:
        return many.relabel(session, args.as_text(label), args.as_text(into) if into else None, as_json=as_json)
    call = Call("label_edit", {"label": args.as_text(label), **fields})
    say.done(session.write(lambda tx: perform(tx, session.actor, call, [])), as_json=as_json)
    return 0
