"""Texts the provider approved beforehand: sent where free text may not be, filled in field by field."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unibox_tui.desk.answer import new, reply
from unibox_tui.desk.done import Done
from unibox_tui.desk.letter import Letter
from unibox_tui.desk.routes import way_of
from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store import contacts, conversations, inboxes, templates
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.templates import KnownTemplate
from unibox_tui.views.channel_options import offered as offered

_BLANK = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def fill(template: KnownTemplate, values: Mapping[str, str]) -> str:
    """The text with its blanks filled in. Raises WrongUse naming those that are not, or names that are none."""
    names = template.fields or tuple(dict.fromkeys(_BLANK.findall(template.text)))
    strange = [name for name in values if name not in names]
    if strange:
        raise WrongUse(
            say("{title} has no field {name!r}.", title=template.name, name=strange[0]),
            hint=say("It has: {names}.", names=", ".join(names)) if names else say("It has no fields."),
        )
    missing = [name for name in names if not values.get(name, "").strip()]
    if missing:
        raise WrongUse(
            say("{title} needs {names}.", title=template.name, names=", ".join(missing)),
            hint=say("Write {field}=…", field=missing[0]),
            code="fields_missing",
        )
    return _BLANK.sub(lambda found: values.get(found[1], found[0]), template.text)


def chosen(db: sqlite3.Connection, inbox: InboxRow, said: str, language: str | None) -> KnownTemplate:
    """The template of this inbox by id or name; of several languages the customer's, else the inbox's. Raises NotFound."""
    known = templates.of_inbox(db, inbox.id)
    fitting = [one for one in known if one.id == said] or [one for one in known if one.name == said]
    if not fitting:
        names = ", ".join(dict.fromkeys(one.name for one in known if one.usable))
        raise NotFound(
            say("{inbox} has no template {name!r}.", inbox=inbox.title, name=said),
            hint=say("There are: {names}.", names=names) if names else say("This inbox has no templates."),
        )
    usable = [one for one in fitting if one.usable]
    if not usable:
        raise WrongUse(
            say("The provider has not approved {name} ({status}).", name=fitting[0].name, status=fitting[0].status)
        )
    wanted = [language or "", inbox.language]
    usable.sort(
        key=lambda one: min((n for n, code in enumerate(wanted) if code and one.language.startswith(code)), default=9)
    )
    return usable[0]


def _letter(template: KnownTemplate, values: Mapping[str, str], letter: Letter) -> Letter:
    payload = {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "fields": list(template.fields),
        "values": {name: values[name] for name in values},
        "extra": dict(template.extra),
    }
    return replace(
        letter, text=fill(template, values), kind="template", files=(), options={**letter.options, "template": payload}
    )


def send(
    tx: Tx,
    actor: Actor,
    conversation: int,
    name: str,
    values: Mapping[str, str],
    letter: Letter,
) -> Done:
    """Answer with a template. Without an inbox it goes through the first way that offers one of that name."""
    row = conversations.get(tx.db, conversations.root(tx.db, conversation))
    if letter.inbox is None:
        fits = [inbox for inbox, one in offered(tx.db, row["id"], tx.now) if name in (one.id, one.name)]
        if fits:
            letter = replace(letter, inbox=fits[0].name)
    inbox, identity = way_of(tx, row, letter)
    template = chosen(tx.db, inbox, name, contacts.get(tx.db, row["contact_id"])["language"])
    return reply(
        tx, actor, row["id"], _letter(template, values, replace(letter, inbox=inbox.name, identity=identity["id"]))
    )


def begin(
    tx: Tx,
    actor: Actor,
    inbox_name: str,
    address: str,
    name: str,
    values: Mapping[str, str],
    letter: Letter,
    who: str = "",
) -> Done:
    """Write first, with a template."""
    inbox = inboxes.named(tx.db, inbox_name)
    return new(tx, actor, inbox_name, address, _letter(chosen(tx.db, inbox, name, None), values, letter), name=who)


def parsed(pairs: Sequence[str]) -> dict[str, str]:
    """`field=value` words. Raises WrongUse."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise WrongUse(say("{pair!r} fills no field.", pair=pair), hint=say("Write FIELD=VALUE."))
        values[name.strip()] = value
    return values
