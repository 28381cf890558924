"""The verbs about orders, deals and risk, as `desk.actions` calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.desk import orders, people, risk
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.orders import OrderRules
from unibox_tui.domain.saying import say
from unibox_tui.store import conversations
from unibox_tui.store import orders as rows
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor

Args = Mapping[str, Any]


def _one(targets: Sequence[int]) -> int:
    if len(targets) != 1:
        raise WrongUse("This works on one conversation at a time.")
    return targets[0]


def _rules(args: Args) -> OrderRules:
    return args.get("rules") or OrderRules()


def _order(tx: Tx, args: Args, targets: Sequence[int]) -> int:
    """The one named, else the latest of the conversation."""
    if args.get("order") not in (None, ""):
        return rows.named(tx.db, str(args["order"]))
    top = conversations.root(tx.db, _one(targets))
    there = rows.of_conversation(tx.db, conversations.members(tx.db, top))
    if not there:
        raise WrongUse("There is no order here yet.", hint=say("`:order` makes one, `:deal` sets a state without one."))
    return int(there[0]["id"])


def _new(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
    contact = args.get("contact")
    return orders.new(
        tx,
        actor,
        fields_of(args),
        _rules(args),
        conversation=None if contact is not None else _one(targets),
        contact=contact,
        state=args.get("state") or "draft",
        fill=bool(args.get("fill", True)),
    )


def _set(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
    return orders.set_fields(tx, actor, _order(tx, args, targets), fields_of(args), _rules(args))


def fields_of(args: Args) -> dict[str, Any]:
    """`fields` as a mapping, or as typed: `amount=590k, phone=0912…, items=2x Áo; Quần`."""
    given = args.get("fields") or {}
    return dict(given) if isinstance(given, Mapping) else read_pairs(str(given))


def read_pairs(typed: str) -> dict[str, str]:
    """`NAME=VALUE, NAME=VALUE`: a comma parts two only where a known name follows. Raises WrongUse."""
    import re

    from unibox_tui.domain.orders import FIELDS

    begin = re.compile(rf"(?:^|,)\s*({'|'.join(FIELDS)})\s*=", re.IGNORECASE)
    found = list(begin.finditer(typed))
    if not found or typed[: found[0].start()].strip():
        raise WrongUse("What is to be set?", hint=say("As in: amount=590k, phone=0912345678, items=2x Áo; Quần"))
    ends = [match.start() for match in found[1:]] + [len(typed)]
    return {match[1].lower(): typed[match.end() : end].strip() for match, end in zip(found, ends, strict=True)}


def _state(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
    """Of an order; where there is none, of the deal."""
    state = args.get("state")
    if not state:
        raise WrongUse("Which state?")
    return orders.set_state(tx, actor, _order(tx, args, targets), str(state))


def _deal(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
    return orders.set_deal(tx, actor, _one(targets), args.get("state"))


def _contact(tx: Tx, args: Args, targets: Sequence[int]) -> int:
    return int(args["contact"]) if args.get("contact") is not None else people.contact_of(tx, _one(targets))


def _block(on: bool) -> Any:
    def verb(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
        return risk.block(tx, actor, _contact(tx, args, targets), on=on)

    return verb


def _risk(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
    phone = args.get("phone") or ""
    contact = None if phone and not targets and args.get("contact") is None else _contact(tx, args, targets)
    return risk.mark(
        tx, actor, args.get("reason") or "", contact=contact, phone=phone, region=args.get("region") or "VN"
    )


def _unrisk(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
    from unibox_tui.store import merging
    from unibox_tui.store import risk as marks

    if args.get("marks"):
        return risk.unmark(tx, actor, list(args["marks"]))
    contact = merging.root(tx.db, _contact(tx, args, targets))
    there = marks.marks(tx.db, merging.tree(tx.db, contact), marks.phones_of(tx.db, contact))
    return risk.unmark(tx, actor, [row["id"] for row in there], contact)


VERBS = {
    "order_new": _new,
    "order_set": _set,
    "order_state": _state,
    "deal": _deal,
    "block": _block(True),
    "unblock": _block(False),
    "risk": _risk,
    "unrisk": _unrisk,
}
