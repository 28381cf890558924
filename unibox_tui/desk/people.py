"""What an agent decides about customers: who is one, who is not, what we call them and know of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unibox_tui.desk import contact_labels, threads
from unibox_tui.desk.done import Done, begin
from unibox_tui.domain.combining import CHOSEN, differing
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.domain.fields import FieldRule, checked
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Status
from unibox_tui.store import (
    contacts,
    conversations,
    events,
    inboxes,
    labels,
    merging,
    messages,
    outside,
    recognising,
    suggestions,
)
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.text.keys import normal

LANGUAGES = ("vi", "th", "en")
LONGEST = {"name": 200, "title": 40, "note": 20_000}
KEPT = ("phone", "email")


def contact_of(tx: Tx, conversation: int) -> int:
    """Who the customer of a conversation is now."""
    top = conversations.get(tx.db, conversations.root(tx.db, conversation))
    return merging.root(tx.db, int(top["contact_id"]))


# -- merge and split -----------------------------------------------------------------------------------------------


def merge(
    tx: Tx,
    actor: Actor,
    a: int,
    b: int,
    choices: Mapping[str, Any] | None = None,
    *,
    join: bool = False,
    why: tuple[dict[str, Any], ...] = (),
) -> Done:
    """Make two contacts one. `choices`: what counts where they differ (name, title, language, note, `attributes.NAME`), as
    text; without, what `a` says. `join`: their open conversations of one brand become one too. Raises Conflict, WrongUse."""
    winner, loser = merging.root(tx.db, a), merging.root(tx.db, b)
    if winner == loser:
        raise Conflict(say("Contacts {a} and {b} are one already.", a=a, b=b), code="merged")
    merging.alive(tx.db, winner, loser)
    chosen = _choices(choices or {})
    act = begin(tx, actor, "merge", say("contacts {a} and {b} are one", a=winner, b=loser))
    operation = merging.merge(tx, act, winner, loser, choices=chosen, why=why)
    data = {"operation": operation, "winner": winner, "loser": loser, "choices": chosen, "join": join}
    events.record(tx, act, "contact.merged", contact=winner, data=data)
    events.record(tx, act, "contact.merged_into", contact=loser, data={"into": winner, "of": operation})
    touched = _join_open(tx, act, operation, winner, loser) if join else ()
    summary = say("contacts {a} and {b} are one", a=winner, b=loser)
    return Done(summary, touched, act.action_id, 1, {"contact": winner, "operation": operation})


def _join_open(tx: Tx, act: Actor, operation: str, winner: int, loser: int) -> tuple[int, ...]:
    branch = set(merging.tree(tx.db, loser))
    joins, touched = [], []
    for group in sorted({inbox.group_name for inbox in inboxes.all_inboxes(tx.db)}):
        open_ones = [
            conversations.get(tx.db, found.id)
            for found in conversations.candidates(tx.db, winner, group, [])
            if found.status is not Status.RESOLVED
        ]
        theirs = [row for row in open_ones if row["home"] in branch]
        ours = [row for row in open_ones if row["home"] not in branch]
        if ours and theirs:
            parent = int(ours[0]["id"])
            for row in theirs:
                done = threads.join(tx, act, int(row["id"]), parent)
                joins.append({"child": int(row["id"]), "parent": parent})
                touched += [*done.conversations]
    merging.joined(tx, operation, joins)
    return tuple(dict.fromkeys(touched))


def split(tx: Tx, actor: Actor, contact: int, *, identity: int | None = None, operation: str | None = None) -> Done:
    """Take a merge back: the one named, that by which `identity` came, or the last one. An identity that came without a
    merge gets a contact of its own. What came through it meanwhile goes along. Raises WrongUse, Conflict, NotFound."""
    top = merging.root(tx.db, contact)
    row = _operation(tx, top, identity, operation)
    if row is None:
        assert identity is not None
        return _split_off(tx, actor, top, identity)
    act = begin(tx, actor, "split-contact", say("contact {a} split from {b}", a=row["loser"], b=top))
    touched, strays = take_back(tx, act, row)
    before = suggestions.set_state(tx, row["winner"], row["loser"], "apart")
    data = {"operation": row["id"], "winner": top, "loser": row["loser"], "pair": [row["winner"], before]}
    if strays:
        data["strays"] = strays
    events.record(tx, act, "contact.split", contact=top, data=data)
    events.record(tx, act, "contact.split_from", contact=row["loser"], data={"from": top, "of": row["id"]})
    summary = say("contact {a} split from {b}", a=row["loser"], b=top)
    return Done(summary, touched, act.action_id, 1, {"contact": row["loser"], "from": top, "operation": row["id"]})


def take_back(tx: Tx, act: Actor, row: Row) -> tuple[tuple[int, ...], list[tuple[int, int, int]]]:
    """Undo one recorded merge with the joins that were made along with it; returns the conversations of those, and what
    `threads.part` moved."""
    touched: list[int] = []
    joins = json.loads(row["joins"])
    for join in joins:
        if join["child"] in conversations.joined_children(tx.db, join["parent"]):
            touched += threads.split(tx, act, join["parent"], child=join["child"]).conversations
    merging.split(tx, row["id"])
    strays = [stray for join in joins for stray in threads.part(tx, join["child"], join["parent"], row["at"])]
    return tuple(dict.fromkeys(touched)), strays


def _operation(tx: Tx, top: int, identity: int | None, operation: str | None) -> Row | None:
    if operation is not None:
        row = merging.operation(tx.db, operation)
        if row["undone_at"] is not None or merging.root(tx.db, row["loser"]) != top:
            raise Conflict(say("That merge is not part of contact {top}.", top=top), code="split")
        return row
    if identity is not None:
        own = contacts.identity(tx.db, identity)
        if merging.root(tx.db, own["contact_id"]) != top:
            raise NotFound(say("Contact {top} has no identity {identity}.", top=top, identity=identity))
        return merging.operation_of(tx.db, own["home"]) if own["home"] is not None else None
    merges = merging.operations(tx.db, top)
    if not merges:
        raise WrongUse(
            say("Nothing was merged into contact {top}.", top=top), hint="Name an identity: `--identity NUMBER`."
        )
    return merges[0]


def _split_off(tx: Tx, actor: Actor, top: int, identity: int) -> Done:
    if len(contacts.identities(tx.db, top)) < 2:
        raise WrongUse(say("That is the only identity of contact {top}.", top=top))
    act = begin(
        tx, actor, "split-contact", say("identity {identity} split from contact {top}", identity=identity, top=top)
    )
    new = merging.split_off(tx, identity)
    before = suggestions.set_state(tx, top, new, "apart")
    data = {"winner": top, "loser": new, "pair": [top, before]}
    events.record(tx, act, "contact.split", contact=top, data=data)
    summary = say("identity {identity} is contact {new} now", identity=identity, new=new)
    return Done(summary, (), act.action_id, 1, {"contact": new, "from": top})


def preview(tx_db: Any, a: int, b: int) -> dict[str, tuple[Any, Any]]:
    """What two contacts say differently, for a person to choose: key -> (of `a`, of `b`)."""
    ours, theirs = (merging.values(tx_db, merging.root(tx_db, contact)) for contact in (a, b))
    return {key: (ours[key], theirs[key]) for key in differing(ours, theirs)}


def _choices(given: Mapping[str, Any]) -> dict[str, Any]:
    for key in given:
        if key not in CHOSEN and not key.startswith("attributes."):
            raise WrongUse(
                say("{key!r} is nothing to choose.", key=key),
                hint=say("{fields}, attributes.NAME.", fields=", ".join(CHOSEN)),
            )
    return {key: _field(key, None if value is None else str(value), None) for key, value in given.items()}


# -- suggestions ---------------------------------------------------------------------------------------------------


def accept_suggestion(
    tx: Tx, actor: Actor, a: int, b: int, choices: Mapping[str, Any] | None = None, *, join: bool = False
) -> Done:
    """Merge two contacts that are suggested to be one, for the reasons given there; `join` as of `merge`."""
    pair = suggestions.named(tx.db, a, b)
    act = begin(tx, actor, "merge", say("contacts {a} and {b} are one", a=pair.mine, b=pair.other))
    _set_suggestion(tx, act, pair, "accepted")
    why = tuple(suggestions.dump(pair.evidence))
    return merge(tx, act, pair.mine, pair.other, choices, join=join, why=why)


def dismiss_suggestion(tx: Tx, actor: Actor, a: int, b: int) -> Done:
    """These two are not one; only something new would bring it up again."""
    pair = suggestions.named(tx.db, a, b)
    summary = say("contacts {a} and {b} are two", a=pair.mine, b=pair.other)
    act = begin(tx, actor, "dismiss-suggestion", summary)
    _set_suggestion(tx, act, pair, "dismissed")
    return Done(summary, (), act.action_id, 1, {"contact": pair.mine, "other": pair.other})


def _set_suggestion(tx: Tx, act: Actor, pair: suggestions.Pair, state: suggestions.State) -> None:
    suggestions.set_state(tx, pair.low, pair.high, state)
    data = {"low": pair.low, "high": pair.high, "from": pair.state, "to": state}
    events.record(tx, act, "contact.suggestion", contact=pair.mine, data=data)


# -- what we know --------------------------------------------------------------------------------------------------


def set_fields(
    tx: Tx,
    actor: Actor,
    contact: int,
    fields: Mapping[str, str | None],
    rules: Mapping[str, FieldRule] | None = None,
) -> Done:
    """Set name, title, language, note, `attributes.NAME` (a custom field, checked by `rules`) or labels ("vip, khách sỉ": these
    and no others); None or "" takes it away."""
    top = merging.root(tx.db, contact)
    merging.alive(tx.db, top)
    if not fields:
        raise WrongUse(
            "What is to be set?", hint="As `name=…`, `title=chị`, `language=vi`, `note=…`, `attributes.size=M`."
        )
    now = merging.values(tx.db, top)
    plain = {key: value for key, value in fields.items() if key != contact_labels.FIELD}
    wanted: dict[str, tuple[Any, Any]] = {
        key: (now.get(key), _field(key, value, rules) or None) for key, value in plain.items()
    }
    if contact_labels.FIELD in fields:
        wanted |= contact_labels.wanted(tx, top, fields[contact_labels.FIELD] or "")
    return _change(tx, actor, top, wanted, say("contact {contact} changed", contact=top))


def label(tx: Tx, actor: Actor, contact: int, put: Sequence[str] = (), take: Sequence[str] = ()) -> Done:
    """Labels of the customer on and off; those they have besides stay. Raises WrongUse, NotFound."""
    top = merging.root(tx.db, contact)
    merging.alive(tx.db, top)
    wanted, on, off = contact_labels.moved(tx, top, put, take)
    shown = ", ".join([f"“{name}”" for name in on] + [f"−“{name}”" for name in off])
    return _change(tx, actor, top, wanted, say("contact {contact} labelled {labels}", contact=top, labels=shown))


def _change(tx: Tx, actor: Actor, top: int, wanted: Mapping[str, tuple[Any, Any]], summary: str) -> Done:
    act = begin(tx, actor, "contact", summary)
    done = merging.change(tx, top, wanted)
    for key, (was, value) in sorted(done.items()):
        told = {"label": row["name"]} if (row := _label_of(tx, key)) is not None else {}
        events.record(tx, act, "contact.changed", contact=top, data={"field": key, "from": was, "to": value, **told})
    outside.decided(tx, "contact", top, wanted)
    return Done(summary, (), act.action_id if done else None, len(done), {"contact": top})


def _label_of(tx: Tx, key: str) -> Any:
    what, _dot, id = key.partition(".")
    return labels.by_id(tx.db, int(id)) if what == "label" else None


def _field(key: str, value: str | None, rules: Mapping[str, FieldRule] | None) -> str:
    said = (value or "").replace("\r\n", "\n").strip()
    if key.startswith("attributes."):
        return checked(key.partition(".")[2], said, rules)
    if key == "language":
        if said and said not in LANGUAGES:
            raise WrongUse(say("There is no language {word!r} here.", word=said), hint="vi, th or en.")
        return said
    if key not in LONGEST:
        raise WrongUse(
            say("A contact has no field {key!r}.", key=key),
            hint="name, title, language, note, labels, or attributes.NAME.",
        )
    if key != "note":
        said = " ".join(said.split())
    if len(said) > LONGEST[key]:
        raise WrongUse(say("{name}: that is too long.", name=key), hint=say("At most {n} characters.", n=LONGEST[key]))
    return said


def keep_found(tx: Tx, actor: Actor, message: int, kind: str, value: str) -> Done:
    """Keep a phone or e-mail found in a message as one the customer stated, with the message it came from."""
    if kind not in KEPT:
        raise WrongUse(say("A found {kind} is not kept.", kind=kind), hint="phone or email.")
    row = messages.get(tx.db, message)
    if row["identity_id"] is None:
        raise WrongUse("Nobody's identity stands behind that message.")
    identity = contacts.identity(tx.db, row["identity_id"])
    norm = normal(kind, value, inboxes.by_id(tx.db, identity["inbox_id"]).region)
    if not norm:
        raise WrongUse(say("That is no {kind}.", kind=kind))
    kept = norm if kind == "phone" else value.strip().lower()
    contact = merging.root(tx.db, identity["contact_id"])
    merging.alive(tx.db, contact)
    if kept in contacts.stated(tx.db, contact, kind):
        return Done(say("contact {contact} has it already", contact=contact), (), None, 0, {"contact": contact})
    act = begin(tx, actor, "keep-found", say("{kind} kept for contact {contact}", kind=kind, contact=contact))
    data = {"kind": kind, "value": kept, "norm": norm, "identity": identity["id"]}
    put_key(tx, act, contact, message, data, on=True)
    recognising.suggest(tx, contact, cause=act.cause)
    summary = say("{kind} kept for contact {contact}", kind=kind, contact=contact)
    return Done(summary, (row["conversation_id"],), act.action_id, 1, {"contact": contact, "value": kept})


def put_key(tx: Tx, act: Actor, contact: int, message: int | None, data: Mapping[str, Any], *, on: bool) -> None:
    """One stated key on or off, with its event."""
    kind, value, identity = data["kind"], data["value"], data["identity"]
    if on:
        contacts.add_key(tx, kind, value, contact, identity, verified=False, norm=data["norm"], message_n=message)
    else:
        contacts.drop_key(tx, kind, value, identity)
    tx.changed("contact", contact)
    kind_of_event = "contact.key_kept" if on else "contact.key_dropped"
    events.record(tx, act, kind_of_event, contact=contact, message=message, data=dict(data))


# -- undo ----------------------------------------------------------------------------------------------------------


def unmerge(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    """Take a merge back as part of an undo; False when it was already."""
    row = merging.operation_of(tx.db, data["loser"])
    if row is None or row["winner"] != data["winner"]:
        return False
    take_back(tx, replace(actor, action_id=event["action_id"]), row)
    events.record(tx, actor, "contact.split", contact=row["winner"], data={"loser": data["loser"], "of": row["id"]})
    return True


def remerge(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    """Merge again what was split; False when they are one, or part of others, meanwhile."""
    loser = data["loser"]
    if merging.root(tx.db, loser) != loser or merging.root(tx.db, data["winner"]) == loser:
        return False
    choices, why, joins, winner = {}, [], [], data["winner"]
    if "operation" in data:
        earlier = merging.operation(tx.db, data["operation"])
        choices, why, joins = (json.loads(earlier[column]) for column in ("choices", "why", "joins"))
        winner = int(earlier["winner"])
    winner = merging.root(tx.db, winner)
    if winner == loser:
        return False
    operation = merging.merge(tx, actor, winner, loser, choices=choices, why=why)
    merging.joined(tx, operation, joins)
    threads.put_back(tx, data.get("strays", ()))
    if "pair" in data:
        partner, before = data["pair"]
        if before is None:
            suggestions.drop(tx, partner, loser)
        else:
            suggestions.set_state(tx, partner, loser, before)
    events.record(
        tx, actor, "contact.merged", contact=winner, data={"operation": operation, "winner": winner, "loser": loser}
    )
    return True


def split_again(tx: Tx, actor: Actor, event: Row, data: dict[str, Any]) -> bool:
    """Redo of a split."""
    row = merging.operation_of(tx.db, data["loser"])
    if row is None:
        return False
    take_back(tx, replace(actor, action_id=event["action_id"]), row)
    suggestions.set_state(tx, data["pair"][0], data["loser"], "apart")
    events.record(tx, actor, "contact.split", contact=row["winner"], data={"loser": data["loser"], "of": row["id"]})
    return True


def field(tx: Tx, actor: Actor, event: Row, data: dict[str, Any], *, back: bool) -> bool:
    """A value of a contact back, or again; False when somebody has changed it since."""
    expected, value = (data["to"], data["from"]) if back else (data["from"], data["to"])
    contact = merging.root(tx.db, event["contact_id"])
    done = merging.change(tx, contact, {data["field"]: (expected, value)})
    if done:
        change = {"field": data["field"], "from": expected, "to": value}
        events.record(tx, actor, "contact.changed", contact=contact, data=change)
    return bool(done)


def suggestion(tx: Tx, data: dict[str, Any], *, back: bool) -> bool:
    """The state of a suggestion back, or again."""
    expected, value = (data["to"], data["from"]) if back else (data["from"], data["to"])
    row = suggestions.get(tx.db, data["low"], data["high"])
    if row is None or row["state"] != expected:
        return False
    suggestions.set_state(tx, data["low"], data["high"], value)
    return True


def dossier_given(tx: Tx, actor: Actor, contact: int) -> None:
    """Somebody took out all that is held about one person."""
    events.record(tx, actor, "contact.dossier", contact=merging.root(tx.db, contact))
