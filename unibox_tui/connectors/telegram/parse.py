"""Telegram's updates as facts. Pure: the same update gives the same facts.

Ids of messages are counted per chat, so a provider id is `CHAT:MESSAGE`, with the business connection in front where there
is one. The address of a customer is the chat: `CHAT`, or `CONNECTION/CHAT` for a business account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.telegram.content import content, name_of
from unibox_tui.domain.inbound import (
    ARRIVAL,
    InboundEvent,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    Person,
    ProfileSeen,
    Reaction,
    WindowOpened,
)
from unibox_tui.domain.words import Author, Direction

USER = "telegram_user"
GROUP = "group"
_GROUPS = ("group", "supergroup")
_SERVICE = frozenset(
    {
        "new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created",
        "message_auto_delete_timer_changed", "pinned_message", "forum_topic_created", "forum_topic_closed",
        "video_chat_started", "video_chat_ended", "write_access_allowed", "boost_added", "chat_background_set",
        "migrate_from_chat_id", "channel_chat_created", "forum_topic_edited", "forum_topic_reopened",
        "general_forum_topic_hidden", "general_forum_topic_unhidden", "video_chat_scheduled",
        "video_chat_participants_invited", "proximity_alert_triggered", "chat_owner_left", "chat_owner_changed",
        "poll_option_added", "poll_option_deleted",
    }
)  # fmt: skip


def events(body: bytes, bot: str = "") -> list[InboundEvent]:
    """Of one update, or of a list of updates as polling gives it ({"result": […]}). `bot`: our user name, to know mentions.
    Raises Unparseable."""
    data = reading.load(body, "The update from Telegram")
    updates = reading.objects(data, "result") if "result" in data else [data]
    return [fact for update in updates for fact in _facts(update, bot.casefold().removeprefix("@"))]


def split_address(address: str) -> tuple[str, str]:
    """(business connection or empty, chat)"""
    connection, slash, chat = address.rpartition("/")
    return (connection, chat) if slash else ("", address)


def provider_id(chat: str, message: str, connection: str = "") -> str:
    return f"{connection}/{chat}:{message}" if connection else f"{chat}:{message}"


def _facts(update: Mapping[str, Any], bot: str) -> Sequence[InboundEvent]:
    reading.ident(update, "update_id")
    for key, reader in _UPDATES.items():
        if key in update:
            return reader(reading.obj(update, key), bot)
    kind = next((key for key in update if key != "update_id"), "nothing")
    raise Unparseable(f"An update of the kind {kind!r} is not known.")


# -- messages -------------------------------------------------------------------------------------------------------------


def _message(message: Mapping[str, Any], bot: str) -> Sequence[InboundEvent]:
    chat = reading.obj(message, "chat")
    chat_id, at = reading.ident(chat, "id"), reading.millis(message, "date", seconds=True)
    connection = reading.word(message, "business_connection_id")
    if reading.word(chat, "type") == "channel":
        return ()
    if moved := _moved(message, chat_id, chat, at):
        return moved
    if any(key in message for key in _SERVICE):
        return ()
    group = _group(chat)
    sender = _sender(message, chat_id, group)
    members = [
        *reading.some(message, "new_chat_members"),
        *([left] if (left := reading.maybe(message, "left_chat_member")) else []),
    ]
    if members:
        return [ProfileSeen(_user(one, reading.ident(one, "id")), at) for one in members if not one.get("is_bot")]
    person, out = _who(sender, chat, chat_id, connection, group)
    text, files, extra = content(message)
    shared = reading.maybe(message, "contact")
    if shared and person is not None and reading.word(shared, "user_id") == person.address.rpartition("/")[2]:
        person = _vouched(person, reading.word(shared, "phone_number"))
    if reading.maybe(message, "forward_origin"):
        extra["forwarded"] = True
    if album := reading.word(message, "media_group_id"):
        extra["image_set"] = {"id": album}
    found: list[InboundEvent] = []
    if text.startswith("/start") and group is None and not out:
        payload = text.partition(" ")[2].strip()
        extra["referral"] = payload
        found.append(WindowOpened(person or _must(group), "start", at))
    found.append(
        MessageReceived(
            provider_id(chat_id, reading.ident(message, "message_id"), connection),
            person or _must(group),
            at,
            text,
            direction=Direction.OUT if out else Direction.IN,
            author=_author(message) if out else Author.CONTACT,
            author_name=name_of(reading.maybe(message, "from")) if out else "",
            answers=_answers(message, chat_id, connection),
            attachments=files,
            extra=extra,
            group=group,
            mentions_us=_mentions(message, bot),
        )
    )
    return found


def _sender(message: Mapping[str, Any], chat_id: str, group: Person | None) -> Mapping[str, Any]:
    """Who writes in the name of a chat is that chat, and `from` a stand-in for all of them; in the name of the group itself
    nobody is told."""
    behind = reading.maybe(message, "sender_chat")
    if group is not None and behind:
        return {} if reading.word(behind, "id") == chat_id else behind
    return reading.maybe(message, "from") or behind


def _must(group: Person | None) -> Person:
    if group is None:
        raise Unparseable("A Telegram message names nobody.")
    return group


def _author(message: Mapping[str, Any]) -> Author:
    """Of what left a business account: by its owner, or by a bot (ours or another)."""
    return Author.BOT if reading.maybe(message, "sender_business_bot") else Author.AGENT


def _who(
    sender: Mapping[str, Any], chat: Mapping[str, Any], chat_id: str, connection: str, group: Person | None
) -> tuple[Person | None, bool]:
    """The customer, and whether the message left us. In a business chat what is not from the other side is ours."""
    sender_id = reading.word(sender, "id")
    if group is not None:
        return (_user(sender, sender_id) if sender_id else None), False
    address = f"{connection}/{chat_id}" if connection else chat_id
    if connection and sender_id != chat_id:
        return _user(chat, address), True
    return _user(sender or chat, address), False


def _user(user: Mapping[str, Any], address: str) -> Person:
    language = reading.word(user, "language_code")[:2]
    nick = reading.word(user, "username")
    return Person(
        address,
        USER,
        name_of(user),
        verified=True,
        language=language if language in ("vi", "th", "en") else None,
        attributes={"username": nick} if nick else {},
        vouched=(("platform", f"telegram/{address.rpartition('/')[2]}"),),
    )


def _vouched(person: Person, phone: str) -> Person:
    """A number that was shared through Telegram's own button is the sender's own."""
    if not phone:
        return person
    number = phone if phone.startswith("+") else f"+{phone}"
    return Person(
        person.address,
        person.kind,
        person.name,
        person.verified,
        person.language,
        attributes=person.attributes,
        vouched=(*person.vouched, ("phone", number)),
    )


def _group(chat: Mapping[str, Any]) -> Person | None:
    if reading.word(chat, "type") not in _GROUPS:
        return None
    return Person(reading.ident(chat, "id"), GROUP, reading.word(chat, "title"), verified=True)


def _moved(message: Mapping[str, Any], chat_id: str, chat: Mapping[str, Any], at: int) -> Sequence[InboundEvent]:
    """A group that became a supergroup has a new id; its history stays under the old one, which says where it went."""
    to = reading.word(message, "migrate_to_chat_id")
    if not to:
        return ()
    moved = Person(to, GROUP, reading.word(chat, "title"), verified=True, attributes={"was": chat_id})
    return (ProfileSeen(moved, at),)


def _answers(message: Mapping[str, Any], chat_id: str, connection: str) -> tuple[str, ...]:
    quoted = reading.word(reading.maybe(message, "reply_to_message"), "message_id")
    return (provider_id(chat_id, quoted, connection),) if quoted else ()


def _mentions(message: Mapping[str, Any], bot: str) -> bool:
    if not bot:
        return False
    replied = reading.maybe(reading.maybe(message, "reply_to_message"), "from")
    if reading.word(replied, "username").casefold() == bot:
        return True
    said = f"{reading.word(message, 'text')} {reading.word(message, 'caption')}".casefold()
    return f"@{bot}" in said


# -- everything else ------------------------------------------------------------------------------------------------------


def _edited(message: Mapping[str, Any], bot: str) -> Sequence[InboundEvent]:
    chat_id = reading.ident(reading.obj(message, "chat"), "id")
    at = reading.millis(message, "edit_date" if "edit_date" in message else "date", seconds=True)
    id = provider_id(chat_id, reading.ident(message, "message_id"), reading.word(message, "business_connection_id"))
    text, _, _ = content(message)
    return (MessageEdited(id, text, at),)


def _deleted(data: Mapping[str, Any], bot: str) -> Sequence[InboundEvent]:
    """Telegram does not say when, so its arrival counts."""
    chat_id = reading.ident(reading.obj(data, "chat"), "id")
    connection = reading.ident(data, "business_connection_id")
    ids = data.get("message_ids")
    numbers = [id for id in ids if isinstance(id, int | str)] if isinstance(ids, list) else []
    return [MessageUnsent(provider_id(chat_id, str(id), connection), ARRIVAL) for id in numbers]


def _tapped(query: Mapping[str, Any], bot: str) -> Sequence[InboundEvent]:
    """A tap on a button below one of our messages."""
    message = reading.maybe(query, "message")
    chat = reading.maybe(message, "chat")
    sender = reading.obj(query, "from")
    chat_id = reading.word(chat, "id") or reading.ident(sender, "id")
    group = _group(chat) if chat else None
    person = _user(sender, reading.ident(sender, "id") if group else chat_id)
    data = reading.word(query, "data")
    answers = (provider_id(chat_id, reading.word(message, "message_id")),) if message else ()
    return (
        MessageReceived(
            f"callback:{reading.ident(query, 'id')}",
            person,
            ARRIVAL,  # the query has no time of its own, and the message it stands below is older
            f"[button: {data}]" if data else "[button]",
            answers=answers,
            extra={"button": {"data": data}},
            group=group,
            mentions_us=True,
        ),
    )


def _membership(change: Mapping[str, Any], bot: str) -> Sequence[InboundEvent]:
    """A customer who blocks the bot, or takes it back."""
    chat = reading.obj(change, "chat")
    at = reading.millis(change, "date", seconds=True)
    if reading.word(chat, "type") == "channel":
        return ()
    status = reading.word(reading.maybe(change, "new_chat_member"), "status")
    person = _group(chat) or _user(chat, reading.ident(chat, "id"))
    gone = status in ("kicked", "left")
    return (WindowOpened(person, "block" if gone else "unblock", at),)


def _reacted(change: Mapping[str, Any], bot: str) -> Sequence[InboundEvent]:
    chat_id = reading.ident(reading.obj(change, "chat"), "id")
    who = reading.maybe(change, "user") or reading.maybe(change, "actor_chat")
    new = reading.some(change, "new_reaction")
    emoji = reading.word(new[-1], "emoji") if new else ""
    if new and not emoji:
        emoji = "★"  # a custom or paid one has no character
    return (
        Reaction(
            provider_id(chat_id, reading.ident(change, "message_id")),
            reading.ident(who, "id"),
            emoji,
            reading.millis(change, "date", seconds=True),
        ),
    )


def _nothing(data: Mapping[str, Any], bot: str) -> Sequence[InboundEvent]:
    return ()


_UPDATES: dict[str, Callable[[Mapping[str, Any], str], Sequence[InboundEvent]]] = {
    "message": _message,
    "business_message": _message,
    "edited_message": _edited,
    "edited_business_message": _edited,
    "deleted_business_messages": _deleted,
    "callback_query": _tapped,
    "my_chat_member": _membership,
    "message_reaction": _reacted,
    # How a business account is connected, and what channels publish, is no customer's word.
    "business_connection": _nothing,
    "chat_member": _nothing,
    "channel_post": _nothing,
    "edited_channel_post": _nothing,
    "message_reaction_count": _nothing,
}
