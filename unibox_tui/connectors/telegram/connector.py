"""A Telegram bot as an inbox: polling or webhook, sends, files, typing, reactions."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.addresses import can_be_called
from unibox_tui.connectors.contract import (
    Batch,
    CheckReport,
    Connector,
    Cursor,
    FetchesMedia,
    FetchesProfile,
    Item,
    MarksRead,
    ParsesRaw,
    PullsEvents,
    Reacts,
    SecretOf,
    SendFile,
    SendRequest,
    SendResult,
    ShowsTyping,
    Standing,
    SubscribesWebhooks,
    TellsStanding,
    Tools,
    VerifiesWebhooks,
    failed_check,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    SendRejected,
    Transient,
    Unparseable,
    WebhookForged,
)
from unibox_tui.connectors.telegram import parse
from unibox_tui.connectors.telegram.api import CONFLICT, MEDIA_S, BotApi, Moved
from unibox_tui.connectors.telegram.settings import TelegramSettings
from unibox_tui.domain.inbound import InboundEvent, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import say

STREAM = "updates"
PAGE = 100
HEADER = "x-telegram-bot-api-secret-token"
WANTED = (
    "message", "edited_message", "callback_query", "my_chat_member", "message_reaction", "business_connection",
    "business_message", "edited_business_message", "deleted_business_messages",
)  # fmt: skip
_METHODS = (
    ("image/gif", "sendAnimation", "animation"),
    ("image/jpeg", "sendPhoto", "photo"),
    ("image/png", "sendPhoto", "photo"),
    ("image/webp", "sendPhoto", "photo"),
    ("video/mp4", "sendVideo", "video"),
    ("audio/mpeg", "sendAudio", "audio"),
    ("audio/mp4", "sendAudio", "audio"),
    ("audio/ogg", "sendVoice", "voice"),
)

REACTIONS = ("👍", "❤", "🔥", "👏", "😁", "🤔", "😢", "🎉", "🙏", "👌")  # of those that a bot may give, the useful ones


class TelegramConnector:
    NEEDS_TOOLS = True
    channel = "telegram"

    def __init__(self, name: str, settings: TelegramSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name, self.settings = name, settings
        self._secret_of, self._tools = secret_of, tools
        self._api = BotApi(name, settings, secret_of, tools)
        self._pace = tools.pace(f"telegram:{name}", policy.pace("telegram"))
        self._chats: dict[str, float] = {}
        self._gap_s = {
            who: max((seconds / most for most, seconds in policy.pace("telegram", who)), default=0.0)
            for who in ("person", "group")
        }

    def capabilities(self) -> Capabilities:
        return policy.capabilities(
            "telegram",
            undo_send_ms=int(self.settings.undo_send_seconds * 1000),
            seen=True,  # business accounts only; elsewhere it does nothing
            extra={
                "group_chatter_unread": self.settings.group_chatter_unread,
                "files_per_message": 1,
                "reactions": list(REACTIONS),
                "sticker": ["id"],
            },
        )

    # -- receiving --------------------------------------------------------------------------------------------------------

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parse.events(body, self.settings.bot)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        wanted = (self._secret_of("webhook_secret") or "").strip()
        if not wanted:
            raise Misconfigured(
                "No webhook secret is stored.",
                hint=say("`unibox inbox secret {name} webhook_secret` stores one.", name=self.name),
            )
        if not secrets.compare_digest(headers.get(HEADER, "").encode(), wanted.encode()):
            raise WebhookForged("The secret token is not ours.")

    async def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        """Long polling. Telegram forgets an update when the next question's offset is past it, and that question is only
        asked when the batch is durable."""
        if self.settings.ways != "poll":
            yield Batch(STREAM, phase="listening")
            await asyncio.Event().wait()
        offset = reading.count(cursors.get(STREAM) or {}, "offset")
        wait = 0
        while True:
            updates = await self._updates(offset, wait)
            items = tuple(self._item(update) for update in updates)
            if items:
                offset = max(reading.count(update, "update_id") for update in updates) + 1
            wait = self.settings.poll_seconds if len(updates) < PAGE else 0
            yield Batch(STREAM, items, {"offset": offset}, phase="listening" if wait else "catching up")

    async def _updates(self, offset: int, wait: int) -> list[dict[str, Any]]:
        fields = {"offset": offset or None, "limit": PAGE, "timeout": wait, "allowed_updates": list(WANTED)}
        try:
            found = await self._api.call("getUpdates", fields, timeout_s=wait + 15.0)
        except Misconfigured as error:
            if error.code != CONFLICT or not await self._webhook_is_ours():
                raise
            await self._api.call("deleteWebhook", {"drop_pending_updates": False})
            return []
        if not isinstance(found, list):
            raise Transient("Telegram answered without updates.")
        return [one for one in found if isinstance(one, dict) and "update_id" in one]

    async def _webhook_is_ours(self) -> bool:
        """A webhook that this inbox once set may be taken away; another's may not."""
        info = await self._api.call("getWebhookInfo")
        url = reading.word(info, "url") if isinstance(info, dict) else ""
        return bool(url) and url == self._tools.public_url

    def _item(self, update: Mapping[str, Any]) -> Item:
        raw = json.dumps(update, ensure_ascii=False).encode()
        place = f"update {reading.word(update, 'update_id')}"
        try:
            return Item(tuple(parse.events(raw, self.settings.bot)), raw, place)
        except Unparseable as error:
            return Item((), raw, place, error.message)

    async def subscribe(self) -> None:
        if self.settings.ways != "webhook":
            return
        if not self._tools.public_url:
            raise Misconfigured("There is no public address.", hint='Set [web] public_url, or ways = "poll".')
        secret = ((await asyncio.to_thread(self._secret_of, "webhook_secret")) or "").strip()
        if not secret:
            raise CredentialsRejected(
                "No webhook secret is stored.",
                hint=say("`unibox inbox secret {name} webhook_secret` stores one.", name=self.name),
            )
        fields = {"url": self._tools.public_url, "secret_token": secret, "allowed_updates": list(WANTED)}
        await self._api.call("setWebhook", fields)

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        try:
            found = await self._api.call("getFile", {"file_id": reading.ident(remote, "file_id")}, decides=True)
        except SendRejected as error:
            raise Unparseable(
                "Telegram does not give this file: it is larger than 20 MB, or gone.", code=error.code
            ) from None
        path = reading.word(found, "file_path") if isinstance(found, dict) else ""
        if not path:
            raise Unparseable("Telegram gives no file larger than 20 MB.")
        return await self._api.file(path, limit)

    async def profile(self, address: str) -> Person | None:
        _, chat_id = parse.split_address(address)
        try:
            chat = await self._api.call("getChat", {"chat_id": _chat(chat_id)})
        except Misconfigured:
            return None  # somebody the bot has not met
        if not isinstance(chat, dict):
            return None
        kind = parse.GROUP if reading.word(chat, "type") in ("group", "supergroup") else parse.USER
        name = f"{reading.word(chat, 'first_name')} {reading.word(chat, 'last_name')}".strip()
        nick = reading.word(chat, "username")
        return Person(
            address,
            kind,
            name or reading.word(chat, "title") or nick,
            verified=True,
            attributes={"username": nick} if nick else {},
        )

    # -- sending ----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        try:
            return await self._send(request, request.destination)
        except Moved as moved:
            return await self._send(request, moved.to)

    async def _send(self, request: SendRequest, destination: str) -> SendResult:
        connection, chat_id = parse.split_address(destination)
        fields: dict[str, Any] = {"chat_id": _chat(chat_id), "business_connection_id": connection or None}
        if request.answers is not None and (number := _number(request.answers)):
            fields["reply_parameters"] = {"message_id": number, "allow_sending_without_reply": True}
        if len(request.files) > 1:
            raise SendRejected("Telegram takes one file in a message.")
        policy.refuse_too_long(request.text, "telegram")
        await self._turn(chat_id)
        if sticker := request.options.get("sticker"):
            sent = await self._api.call(
                "sendSticker", {**fields, "sticker": str(sticker)}, before_first_byte=request.before_first_byte
            )
        elif request.files:
            sent = await self._send_file(request, request.files[0], fields)
        else:
            sent = await self._api.call(
                "sendMessage", {**fields, "text": request.text}, before_first_byte=request.before_first_byte
            )
        message = sent if isinstance(sent, dict) else {}
        id = reading.word(message, "message_id")
        return SendResult(
            parse.provider_id(chat_id, id, connection) if id else "",
            at=reading.count(message, "date") * 1000 or None,
        )

    async def _send_file(self, request: SendRequest, file: SendFile, fields: dict[str, Any]) -> Any:
        method, field = next(
            ((method, field) for media_type, method, field in _METHODS if file.media_type == media_type),
            ("sendDocument", "document"),
        )
        if field == "photo" and file.size > policy.limits("telegram").files.get("image/*", 0):
            method, field = "sendDocument", "document"  # larger pictures go as files, untouched
        content = await file.read()
        return await self._api.call(
            method,
            {**fields, "caption": request.text or None},
            files={field: (file.name, content, file.media_type)},
            timeout_s=MEDIA_S,
            before_first_byte=request.before_first_byte,
        )

    async def _turn(self, chat_id: str) -> None:
        """One a second to each chat, and what the bot as a whole may."""
        loop = asyncio.get_running_loop()
        free_at = self._chats.get(chat_id, 0.0)
        if (wait := free_at - loop.time()) > 0:
            await asyncio.sleep(wait)
        await self._pace.turn()
        self._chats[chat_id] = loop.time() + self._gap_s["group" if chat_id.startswith("-") else "person"]
        if len(self._chats) > 1_000:
            self._chats = {chat: at for chat, at in self._chats.items() if at > loop.time()}

    async def typing(self, destination: str, on: bool) -> None:
        if not on:
            return  # it ends by itself after five seconds
        connection, chat_id = parse.split_address(destination)
        await self._api.call(
            "sendChatAction",
            {"chat_id": _chat(chat_id), "business_connection_id": connection or None, "action": "typing"},
            decides=True,
        )

    async def mark_read(self, destination: str, provider_id: str) -> None:
        connection, chat_id = parse.split_address(destination)
        number = _number(provider_id)
        if not connection or not number:
            return  # only business accounts have a mark that says read
        await self._api.call(
            "readBusinessMessage",
            {"business_connection_id": connection, "chat_id": _chat(chat_id), "message_id": number},
            decides=True,
        )

    async def react(self, destination: str, provider_id: str, emoji: str) -> None:
        _, chat_id = parse.split_address(destination)
        reaction = [{"type": "emoji", "emoji": emoji}] if emoji else []
        await self._api.call(
            "setMessageReaction",
            {"chat_id": _chat(chat_id), "message_id": _number(provider_id), "reaction": reaction},
            decides=True,
        )

    # -- how it stands ----------------------------------------------------------------------------------------------------

    async def check(self) -> CheckReport:
        try:
            return await self._checked()
        except ConnectorError as error:
            return failed_check(error)

    async def _checked(self) -> CheckReport:
        me = await self._api.call("getMe")
        bot = reading.word(me, "username") if isinstance(me, dict) else ""
        notes = [f"Telegram knows this bot as @{bot}."]
        ok = True
        if self.settings.bot and bot.casefold() != self.settings.bot.casefold().removeprefix("@"):
            ok = False
            notes.append(f"The setting bot says @{self.settings.bot.removeprefix('@')}.")
        info = await self._api.call("getWebhookInfo")
        hook = reading.word(info, "url") if isinstance(info, dict) else ""
        lacks = [*self._lacks(), *self._hook_lacks(info, hook)]
        if self.settings.ways == "webhook" and hook != self._tools.public_url:
            notes.append("The webhook is not set to our address yet; the service sets it when it starts.")
        if isinstance(me, dict) and me.get("can_read_all_group_messages") is False:
            notes.append("In groups it sees only what mentions it: @BotFather, /setprivacy changes that.")
        if isinstance(me, dict) and me.get("can_join_groups") is False:
            notes.append("It may not be taken into groups: @BotFather, /setjoingroups changes that.")
        if isinstance(me, dict) and me.get("can_connect_to_business") is False:
            notes.append("No business account can connect it: @BotFather, Business Mode changes that.")
        return CheckReport(ok and not lacks, bot, (*notes, *lacks))

    def _lacks(self) -> list[str]:
        if self.settings.ways != "webhook":
            return []
        lacks = []
        if not self._tools.public_url:
            lacks.append('[web] public_url is missing; or set ways = "poll".')
        elif not can_be_called(self._tools.public_url):
            lacks.append("Telegram posts to https addresses only.")
        if not (self._secret_of("webhook_secret") or "").strip():
            lacks.append(f"`unibox inbox secret {self.name} webhook_secret` stores what is missing.")
        return lacks

    def _hook_lacks(self, info: Any, url: str) -> list[str]:
        """What Telegram says of the webhook: somebody else's takes all messages, one of ours may not be reached."""
        if self.settings.ways != "webhook":
            return (
                ["A webhook of another program takes this bot's messages."]
                if url and url != self._tools.public_url
                else []
            )
        if url == self._tools.public_url and (error := reading.word(info, "last_error_message")):
            return [f"Telegram could not deliver: {error[:120]}"]
        return []

    async def standing(self) -> Standing:
        info = await self._api.call("getWebhookInfo")
        info = info if isinstance(info, dict) else {}
        notes = []
        if waiting := reading.count(info, "pending_update_count"):
            notes.append(f"{waiting} updates wait at Telegram.")
        if self.settings.ways == "webhook" and reading.word(info, "url") != self._tools.public_url:
            notes.append("The webhook is not set to our address.")
        if self.settings.ways == "webhook" and (error := reading.word(info, "last_error_message")):
            notes.append(f"Telegram could not deliver: {error[:120]}")
        return Standing(notes=tuple(notes))

    async def aclose(self) -> None:
        return None


def _chat(chat_id: str) -> int | str:
    """Numbers go as numbers; names of public chats as they are."""
    digits = chat_id.removeprefix("-")
    return int(chat_id) if digits.isascii() and digits.isdigit() else chat_id


def _number(provider_id: str) -> int:
    """The message's number in its chat; 0 for what is no message (a tapped button)."""
    number = provider_id.rpartition(":")[2]
    return int(number) if number.isascii() and number.isdigit() and not provider_id.startswith("callback:") else 0


if TYPE_CHECKING:

    def _claims(
        connector: TelegramConnector,
    ) -> tuple[
        Connector, PullsEvents, ParsesRaw, VerifiesWebhooks, FetchesMedia, FetchesProfile, ShowsTyping, MarksRead,
        Reacts, TellsStanding, SubscribesWebhooks,
    ]:  # fmt: skip
        return (connector,) * 11
