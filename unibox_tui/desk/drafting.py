"""What the composer does to a draft, for hands that are elsewhere: the same row, changed in part, and screens are told."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from unibox_tui.desk import drafts
from unibox_tui.desk.drafts import Draft
from unibox_tui.domain.errors import NotFound, Refused
from unibox_tui.domain.policy import refused_file
from unibox_tui.domain.saying import say
from unibox_tui.store import conversations
from unibox_tui.store.database import Tx
from unibox_tui.text import parting
from unibox_tui.views.files import file_refusal
from unibox_tui.views.models import Quoted, Way
from unibox_tui.views.quoting import quoted, still
from unibox_tui.views.ways import ways

FORMS = ("reply", "note")  # what a conversation's draft may turn into and back


def put(
    tx: Tx,
    agent: str,
    conversation: int,
    mode: str,
    *,
    text: str | None = None,
    inbox: str | None = None,
    address: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Draft:
    """Change what is given, begin it where there is none. `options` as the composer keeps them; None takes one away. Raises
    Refused for an inbox that reaches the customer nowhere, and for a message that may not be quoted."""
    draft = drafts.load(tx.db, agent, conversation, mode) or Draft(conversation, mode, "")
    if text is not None:
        draft = replace(draft, text=text, caret=len(text))
    if inbox is not None or address is not None:
        way = _named(tx, conversation, inbox, address)
        draft = replace(draft, inbox_id=way.inbox_id, identity_id=way.identity_id)
    changed = {**draft.options, **(options or {})}
    draft = replace(draft, options={name: value for name, value in changed.items() if value not in (None, "", [])})
    if draft.options.get("answers") is not None and (options or {}).get("answers") is not None:
        quoted(tx.db, conversation, draft.options["answers"])
    return _saved(tx, agent, draft)


def attach(tx: Tx, agent: str, conversation: int, mode: str, files: Sequence[tuple[str, int, str]]) -> Draft:
    """`files`: (absolute path, bytes, media type). Raises Refused for what the draft's way out would refuse."""
    draft = drafts.load(tx.db, agent, conversation, mode) or Draft(conversation, mode, "")
    way = way_of(tx.db, draft, now=tx.now) if mode == "reply" else None
    for path, size, media_type in files:
        if way is not None and not way.attachments:
            raise Refused(say("{title} takes no files.", title=way.title), hint="Send a link, or choose another inbox.")
        if way is not None and (refused := refused_file(way, size, media_type)) is not None:
            raise file_refusal(*refused, way.title, PurePath(path).name)
    there = list(draft.options.get("files", ()))
    paths = list(dict.fromkeys([*there, *(path for path, _size, _type in files)]))
    return _saved(tx, agent, replace(draft, options={**draft.options, "files": paths}))


def detach(tx: Tx, agent: str, conversation: int, mode: str, names: Sequence[str] = ()) -> Draft:
    """All of its files, or those of these names. Raises NotFound for a name it has not."""
    draft = there(tx.db, agent, conversation, mode)
    paths, held = list(draft.options.get("files", ())), list(draft.options.get("held", ()))
    known = {PurePath(path).name for path in paths} | set(paths) | {file["name"] for file in held}
    if missing := [name for name in names if name not in known]:
        raise NotFound(say("The draft has no file {name}.", name=missing[0]), hint="`unibox draft show` lists them.")
    left = {
        "files": [path for path in paths if names and path not in names and PurePath(path).name not in names],
        "held": [file for file in held if names and file["name"] not in names],
    }
    rest = {name: value for name, value in {**draft.options, **left}.items() if value != []}
    return _saved(tx, agent, replace(draft, options=rest))


def turn(tx: Tx, agent: str, conversation: int) -> Draft:
    """An answer becomes a note and back, the text with it. Raises Refused where the other kind has a text of its own."""
    draft = there(tx.db, agent, conversation, None)
    if draft.mode not in FORMS:
        raise Refused("This goes to somebody else and stays what it is.", hint="`unibox draft show` shows it.")
    other = FORMS[1 - FORMS.index(draft.mode)]
    if drafts.load(tx.db, agent, conversation, other) is not None:
        raise Refused(
            "There is an answer and a note here already.", hint="`unibox draft discard` throws one of them away."
        )
    drafts.drop(tx, agent, conversation, draft.mode)
    return _saved(tx, agent, replace(draft, mode=other))


def discard(tx: Tx, agent: str, conversation: int, mode: str | None) -> Draft:
    """What was thrown away. Raises NotFound."""
    draft = there(tx.db, agent, conversation, mode)
    drafts.drop(tx, agent, conversation, draft.mode)
    _tell(tx, agent, conversation)
    return draft


def there(db: sqlite3.Connection, agent: str, conversation: int, mode: str | None) -> Draft:
    """The draft of that kind, without a kind the one written last. Raises NotFound."""
    found = drafts.load(db, agent, conversation, mode)
    if found is None:
        raise NotFound(say("You have no draft in #{n}.", n=conversation), hint="`unibox ls has:draft` lists yours.")
    return found


def way_of(db: sqlite3.Connection, draft: Draft, *, now: int) -> Way | None:
    """The way it would go; None where the customer cannot be answered at all."""
    offered = ways(db, draft.conversation, now=now)
    chosen = (way for way in offered if (way.inbox_id, way.identity_id) == (draft.inbox_id, draft.identity_id))
    return next(chosen, offered[0] if offered else None)


def messages_of(db: sqlite3.Connection, draft: Draft, *, now: int) -> list[dict[str, Any]]:
    """The messages in which it would leave, as {"text", "files"}: what the composer previews."""
    options = draft.options
    files = [*(PurePath(path).name for path in options.get("files", ())), *(f["name"] for f in options.get("held", ()))]
    way = way_of(db, draft, now=now) if draft.mode == "reply" else None
    if way is None:
        return [{"text": draft.text.strip("\n"), "files": files}]
    quote = quote_of(db, draft)
    as_line = quote is not None and not quote.by_reference(way.quotes, way.identity_id)
    text = parting.whole(
        draft.text,
        buttons=() if way.quick_replies else options.get("buttons", ()),
        quoted=quote.words if quote is not None and as_line else "",
    )
    texts = parting.by_hand(text.strip("\n"), bool(options.get("apart")))
    pieces = parting.texts(texts, way.text_limit, unit=way.text_unit, most=way.text_parts)
    found = parting.with_files(pieces, files, each=way.files_each, together=way.text_with_files)
    return [{"text": piece, "files": list(bundle)} for piece, bundle in found]


def quote_of(db: sqlite3.Connection, draft: Draft) -> Quoted | None:
    """The message it quotes; None too when that is gone."""
    answers = draft.options.get("answers")
    return still(db, draft.conversation, answers) if answers else None


def _named(tx: Tx, conversation: int, inbox: str | None, address: str | None) -> Way:
    offered = ways(tx.db, conversation, now=tx.now)
    fitting = [
        way for way in offered if inbox in (None, way.inbox) and (address is None or _same(address, way.address))
    ]
    if not fitting:
        names = ", ".join(f"{way.inbox} ({way.address})" for way in offered)
        raise Refused(
            say("This customer is not reached that way: {way}.", way=" ".join(filter(None, (inbox, address)))),
            hint=say("There is: {names}.", names=names) if names else "",
        )
    return fitting[0]


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.casefold()


def _saved(tx: Tx, agent: str, draft: Draft) -> Draft:
    drafts.save(tx, agent, draft)
    _tell(tx, agent, draft.conversation)
    return replace(draft, updated_at=tx.now)


def _tell(tx: Tx, agent: str, conversation: int) -> None:
    tx.changed("draft", f"{agent}/{conversations.root(tx.db, conversation)}")
