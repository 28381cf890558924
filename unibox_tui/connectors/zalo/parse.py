"""Zalo's events and the rows of its history as facts. Pure.

Who is the Official Account and who the customer is decided by comparing ids with ours: receipts name them now in this
order, now in the other. An event of an account whose id is not told is read by its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.zalo import calling, content, reactions
from unibox_tui.domain.inbound import (
    ARRIVAL,
    InboundEvent,
    MessageReceived,
    Person,
    ProfileSeen,
    Reaction,
    Receipt,
    TagsChanged,
    WindowOpened,
)
from unibox_tui.domain.words import Author, DeliveryState, Direction

USER, GUEST, GROUP = "zalo_user", "zalo_guest", "group"
ANONYMOUS, GROUPS = "anonymous/", "group/"
FORM = "Zalo form"
HISTORY = "zalo_history"
_SAYS = re.compile(r"(user|anonymous|oa)_send_(?:(anonymous|group)_)?([a-z_]+)", re.ASCII)
_JOINED = frozenset({"user_join_group", "user_out_group", "accept_member", "reject_member"})
_FACTS = ("name", "address", "ward", "district", "city", "full_address", "gender")
WITHDRAWN = "[withdraws consent and asks for their data to be erased]"


@dataclass(frozen=True, slots=True)
class Side:
    """Who we are: the Official Account and the app."""

    oa_id: str = ""
    app_id: str = ""


def events(body: bytes, side: Side) -> list[InboundEvent]:
    """Raises Unparseable."""
    data = reading.load(body, "The body from Zalo")
    if HISTORY in data:
        return [_row(reading.obj(data, HISTORY), side)]
    name = reading.ident(data, "event_name")
    return list(_facts(name, data, side))


def _facts(name: str, data: Mapping[str, Any], side: Side) -> Sequence[InboundEvent]:
    at = when(data)
    match name:
        case "user_received_message" | "user_seen_message":
            return _receipts(name, data, side, at)
        case "user_reacted_message" | "oa_reacted_message":
            return _reacted(name, data, side, at)
        case "follow" | "unfollow":
            who = reading.ident(reading.obj(data, "follower"), "id")
            return [WindowOpened(_person(who, data, side), name, at)]
        case "user_click_chatnow":
            return [WindowOpened(_person(_user(name, data, side), data, side), "chat", at)]
        case "user_submit_info":
            return _submitted(name, data, side, at)
        case "update_user_info":
            return [ProfileSeen(_handed(_person(_user(name, data, side), data, side), data, vouched=False), at, "Zalo")]
        case "user_withdraw":
            person = _person(_user(name, data, side), data, side)
            key = f"{name}:{person.address}:{at}"
            return [MessageReceived(key, person, at, WITHDRAWN, withdraws=True)]
        case "user_call_oa" | "oa_call_user":
            return calling.call(name, data, at, lambda id: _person(id, data, side))
        case "user_reply_consent":
            return calling.consent(data, at, lambda id: _person(id, data, side))
        case "oa_send_consent":
            return calling.asked(data, at)
        case "add_user_to_tag" | "remove_user_from_tag":
            return _tagged(name, data, side, at)
        case _ if name in _JOINED:
            return _membership(name, data, side, at)
    if said := _SAYS.fullmatch(name):
        return [_message(data, side, at, *said.groups())]
    message = reading.maybe(data, "message")
    if name.startswith("user_") and reading.word(message, "msg_id") and _ids(data):
        return [_message(data, side, at, "user", None, name.removeprefix("user_"))]
    # Templates, quotas, tags, the group's own affairs: nothing a customer said, and the raw event keeps it.
    return ()


# -- who ------------------------------------------------------------------------------------------------------------------


def when(data: Mapping[str, Any], key: str = "timestamp") -> int:
    """ms, as a string or a number; ARRIVAL where there is none. Raises Unparseable for a time that is none."""
    return reading.millis(data, key) if key in data else ARRIVAL


def _id(data: Mapping[str, Any], key: str) -> str:
    return reading.word(reading.maybe(data, key), "id")


def _ids(data: Mapping[str, Any]) -> tuple[str, str]:
    return _id(data, "sender"), _id(data, "recipient")


def _user(name: str, data: Mapping[str, Any], side: Side) -> str:
    """The customer's id. Raises Unparseable."""
    sender, recipient = _ids(data)
    ours = side.oa_id or reading.word(data, "oa_id")
    order = [recipient, sender] if name.startswith("oa_") else [sender, recipient]
    if ours and ours in order:
        order = [one for one in order if one != ours]
    for found in (*order[:1], reading.word(data, "user_id"), _id(data, "follower"), _id(data, "user")):
        if found and found != ours:
            return found
    raise Unparseable("A Zalo event names nobody.")


def person(user: str, *, app_id: str = "", by_app: str = "", name: str = "") -> Person:
    """`by_app`: the id that all accounts of one app share."""
    vouched = (("platform", f"zalo-app:{app_id}/{by_app}"),) if app_id and by_app else ()
    return Person(user, USER, name, verified=True, vouched=vouched)


def _person(user: str, data: Mapping[str, Any], side: Side) -> Person:
    app = side.app_id or reading.word(data, "app_id")
    return person(user, app_id=app, by_app=reading.word(data, "user_id_by_app"))


def guest(id: str, conversation: str) -> Person:
    """Who chats without a Zalo account; an answer needs both ids."""
    return Person(f"{ANONYMOUS}{id}/{conversation}", GUEST)


# -- messages -------------------------------------------------------------------------------------------------------------


def _message(data: Mapping[str, Any], side: Side, at: int, who: str, where: str | None, kind: str) -> MessageReceived:
    message = reading.obj(data, "message")
    id = reading.ident(message, "msg_id")
    text, files, extra = content.of_message(message, kind, id)
    quoted = reading.word(message, "quote_msg_id") or reading.word(reading.maybe(message, "quote_msg"), "msg_id")
    out = who == "oa"
    group = _group(data, message, side, out) if where == "group" else None
    if group is not None:
        writer = group if out else _person(_id(data, "sender"), data, side)
        if not writer.address:
            raise Unparseable("A Zalo event names nobody.")
    elif who == "anonymous" or where == "anonymous":
        conversation = reading.ident(message, "conversation_id")
        writer = guest(_user("oa_" if out else "user_", data, side), conversation)
    else:
        writer = _person(_user("oa_" if out else "user_", data, side), data, side)
    found = MessageReceived(
        id,
        writer,
        at,
        text,
        answers=(quoted,) if quoted else (),
        attachments=files,
        extra=extra,
        group=group,
        mentions_us=group is not None and _mentions(message, side),
    )
    return _echo(found, reading.word(reading.maybe(data, "sender"), "admin_id")) if out else found


def _echo(found: MessageReceived, admin: str) -> MessageReceived:
    """What the account said. A colleague in Zalo's own web chat is named; else it may be ours, a robot's or another app's."""
    extra = {**found.extra, "admin_id": admin} if admin else found.extra
    return replace(found, direction=Direction.OUT, author=Author.AGENT, author_unsure=not admin, extra=extra)


def _group(data: Mapping[str, Any], message: Mapping[str, Any], side: Side, out: bool) -> Person:
    ours = side.oa_id or reading.word(data, "oa_id")
    named = (
        reading.word(data, "group_id"),
        reading.word(reading.maybe(data, "recipient"), "group_id"),
        reading.word(reading.maybe(data, "group"), "id"),
        reading.word(message, "conversation_id"),
        _id(data, "recipient"),
    )
    id = next((one for one in named if one and one != ours), "")
    if not id:
        raise Unparseable("A message of a Zalo group does not say which.")
    return Person(f"{GROUPS}{id}", GROUP, verified=True)


def _mentions(message: Mapping[str, Any], side: Side) -> bool:
    named = {reading.word(one, key) for one in reading.some(message, "mentions") for key in ("uid", "user_id", "id")}
    return bool(named & {side.oa_id, "all", "-1"} - {""})


def _membership(name: str, data: Mapping[str, Any], side: Side, at: int) -> Sequence[InboundEvent]:
    ids = [reading.word(one, "id") for one in reading.some(data, "members")]
    return [ProfileSeen(_person(id, {}, side), at) for id in ids if id and id != side.oa_id]


def _row(row: Mapping[str, Any], side: Side) -> MessageReceived:
    """`src` 0: the account to the customer, 1: the customer to the account."""
    id, at = reading.ident(row, "message_id"), reading.millis(row, "time")
    source, sender = reading.word(row, "src"), reading.word(row, "from_id")
    out = source == "0" if source in ("0", "1") else bool(sender) and sender == side.oa_id
    who = reading.ident(row, "to_id" if out else "from_id")
    text, files, extra = content.of_row(row, id)
    name = reading.word(row, "to_display_name" if out else "from_display_name")
    found = MessageReceived(id, person(who, name=name), at, text, attachments=files, extra=extra)
    return _echo(found, "") if out else found


# -- what is no message ---------------------------------------------------------------------------------------------------


def _receipts(name: str, data: Mapping[str, Any], side: Side, at: int) -> Sequence[InboundEvent]:
    message = reading.obj(data, "message")
    listed = message.get("msg_ids")
    given = listed if isinstance(listed, list) else []
    ids = [one for one in (reading.word({"id": id}, "id") for id in given) if one]
    if one := reading.word(message, "msg_id"):
        ids.append(one)
    tracking = reading.word(message, "tracking_id") or reading.word(data, "tracking_id")
    if not ids and not tracking:
        raise Unparseable("A receipt from Zalo names no message.")
    if "delivery_time" in message:
        at = reading.millis(message, "delivery_time")
    state = DeliveryState.READ if name == "user_seen_message" else DeliveryState.DELIVERED
    return [Receipt(state, at, id or None, client_ref=tracking or None) for id in dict.fromkeys(ids or [""])]


def _reacted(name: str, data: Mapping[str, Any], side: Side, at: int) -> Sequence[InboundEvent]:
    if name == "oa_reacted_message":
        return ()  # ours, or a colleague's elsewhere: kept raw
    message = reading.obj(data, "message")
    emoji = reactions.emoji_of(reading.word(message, "react_icon"))
    return [Reaction(reading.ident(message, "msg_id"), _user(name, data, side), emoji, at)]


def _submitted(name: str, data: Mapping[str, Any], side: Side, at: int) -> Sequence[InboundEvent]:
    """The customer filled in Zalo's own form: the number is theirs by Zalo's word."""
    handed = _handed(_person(_user(name, data, side), data, side), data, vouched=True)
    given = {**handed.attributes, **({"phone": handed.phone} if handed.phone else {})}
    lines = [f"{key}: {value}" for key, value in given.items()]
    text = "\n".join(["[form filled in]", *([f"name: {handed.name}"] if handed.name else []), *lines])
    key = f"{name}:{handed.address}:{at}"
    plain = replace(handed, phone=None)
    return [ProfileSeen(handed, at, FORM), MessageReceived(key, plain, at, text, extra={"form": True})]


def _tagged(name: str, data: Mapping[str, Any], side: Side, at: int) -> Sequence[InboundEvent]:
    """A colleague in Zalo's own tool; the tag is named, or an object that has its name."""
    tag = reading.maybe(data, "tag")
    said = reading.word(data, "tag_name") or reading.word(tag, "name") or reading.word(data, "tag")
    if not said:
        raise Unparseable("A Zalo event names no tag.")
    who = _person(_user(name, data, side), data, side)
    return [TagsChanged(who, at, (said,), ()) if name.startswith("add") else TagsChanged(who, at, (), (said,))]


def _handed(who: Person, data: Mapping[str, Any], *, vouched: bool) -> Person:
    info = reading.maybe(data, "info")
    facts = {key: reading.word(info, key) for key in _FACTS if key != "name" and reading.word(info, key)}
    if born := reading.word(info, "user_dob") or reading.word(info, "birthday"):
        facts["birthday"] = born
    phone = phone_of(reading.word(info, "phone"))
    return replace(
        who,
        name=reading.word(info, "name"),
        phone=phone or None,
        attributes=facts,
        vouched=who.vouched + ((("phone", phone),) if vouched and phone else ()),
    )


def phone_of(said: str) -> str:
    """Zalo writes numbers without a plus sign: 84… ; what is no number is as it was said."""
    digits = said.strip().removeprefix("+")
    return f"+{digits}" if digits.isascii() and digits.isdigit() and digits.startswith("84") else said.strip()
