"""The LINE Platform on loopback: replies, pushes with retry keys, quotas, content that disappears, groups, signed webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from unibox_tui.sandbox.people import BAAN_MALI, SHOP_A
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import (
    Rate,
    Wrong,
    address,
    by_type,
    flag,
    many,
    number,
    one_of,
    shape,
    text,
    utf16,
)
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule

TEXT_UNITS = 5_000
REPLY_LIVES_MS = 60_000
CONTENT_LIVES_MS = 14 * 86_400_000
KEY_LIVES_MS = 86_400_000
PER_SECOND = 2_000

_QUOTE = {"quoteToken": text()}
_MESSAGE = by_type(
    "type",
    {
        "text": shape({"type": one_of("text"), "text": text(TEXT_UNITS, count=utf16)}, _QUOTE),
        "sticker": shape({"type": one_of("sticker"), "packageId": text(), "stickerId": text()}, _QUOTE),
        "image": shape(
            {
                "type": one_of("image"),
                "originalContentUrl": address(),
                "previewImageUrl": address(),
            }
        ),
        "video": shape(
            {
                "type": one_of("video"),
                "originalContentUrl": address(),
                "previewImageUrl": address(),
            },
            {"trackingId": text(100)},
        ),
        "audio": shape({"type": one_of("audio"), "originalContentUrl": address(), "duration": number(1)}),
    },
)
_MESSAGES = many(_MESSAGE, 1, 5)
_REPLY = shape({"replyToken": text(), "messages": _MESSAGES}, {"notificationDisabled": flag()})
_PUSH = shape({"to": text(33, pattern="[UCR][0-9a-f]{32}"), "messages": _MESSAGES}, {"notificationDisabled": flag()})
_LOADING = shape({"chatId": text(pattern="U[0-9a-f]{32}")}, {"loadingSeconds": number(5, 60)})
_READ = shape({"markAsReadToken": text()})
_ENDPOINT = shape({"endpoint": text(500)})


@dataclass(slots=True)
class Account:
    """An Official Account: `user_id` is what webhooks name as destination."""

    token: str
    secret: str
    user_id: str
    name: str = "Shop"
    quota: int | None = 500
    used: int = 0
    endpoint: str = ""
    active: bool = True
    guests: dict[str, Guest] = field(default_factory=dict)
    followers: set[str] = field(default_factory=set)
    groups: dict[str, Group] = field(default_factory=dict)
    reply_tokens: dict[str, tuple[str, int]] = field(default_factory=dict)  # token -> (chat, given at)
    read_tokens: dict[str, str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    loading: list[str] = field(default_factory=list)
    pushed: dict[str, tuple[int, bytes, list[dict[str, str]]]] = field(default_factory=dict)
    content: dict[str, tuple[File, int, str]] = field(default_factory=dict)  # message id -> (file, until, state)
    quotable: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Group:
    id: str
    name: str
    members: dict[str, Guest] = field(default_factory=dict)
    room: bool = False


class LineSim(Simulator):
    channel: ClassVar[str] = "line"
    # Redelivery is a switch in the console; here it is on.
    schedule: ClassVar[Schedule] = Schedule(retries=(60, 300, 900), within_s=2.0)

    def __init__(self, accounts: Sequence[Account] | None = None, **kinds: Any) -> None:
        given = accounts or [Account("line-token-a", "line-secret-a", line_id("U", "bot-a"))]
        self.accounts = {account.token: account for account in given}
        self.default = given[0]
        super().__init__(**kinds)
        self.received.hide(*self.accounts, *(account.secret for account in given))
        self._rate = Rate(PER_SECOND, 1_000, self.clock)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        message = "/v2/bot/message"
        return [
            ("POST", f"{message}/reply", self.reply),
            ("POST", f"{message}/push", self.push),
            ("GET", f"{message}/quota", self.quota),
            ("GET", f"{message}/quota/consumption", self.consumption),
            ("GET", f"{message}/{{id}}/content", self.content),
            ("GET", f"{message}/{{id}}/content/transcoding", self.transcoding),
            ("POST", "/v2/bot/chat/loading/start", self.loading),
            ("POST", "/v2/bot/chat/markAsRead", self.mark_read),
            ("GET", "/v2/bot/profile/{user}", self.profile),
            ("GET", "/v2/bot/group/{group}/summary", self.summary),
            ("GET", "/v2/bot/group/{group}/member/{user}", self.member),
            ("GET", "/v2/bot/room/{group}/member/{user}", self.member),
            ("GET", "/v2/bot/info", self.info),
            ("GET", "/v2/bot/channel/webhook/endpoint", self.endpoint),
            ("PUT", "/v2/bot/channel/webhook/endpoint", self.set_endpoint),
        ]

    def wrong(self, error: Wrong) -> Reply:
        status = {
            "token": 401,
            "not_found": 404,
            "method": 405,
            "rate": 429,
            "quota": 429,
            "forbidden": 403,
            "conflict": 409,
        }.get(error.kind, 400)
        said: dict[str, Any]
        match error.kind:
            case "token":
                said = {
                    "message": "Authentication failed. Confirm that the access token in the authorization header is valid."
                }
            case "rate":
                said = {"message": "The API rate limit has been exceeded. Try again later."}
            case "quota":
                said = {"message": "You have reached your monthly limit."}
            case "reply":
                said = {"message": "Invalid reply token"}
            case "not_found":
                said = {"message": "Not found"}
            case "refused":
                said = {"message": "The request was refused"}
            case _:
                said = {
                    "message": "The request body has 1 error(s)",
                    "details": [{"message": error.why, "property": error.where}],
                }
        after = {"Retry-After": f"{error.retry_after:g}"} if error.retry_after is not None else {}
        return Reply.json(said, status, after)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        account = next((one for one in self.accounts.values() if one.user_id.encode() in body[:80]), self.default)
        digest = hmac.new(account.secret.encode(), body, hashlib.sha256).digest()
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "LineBotWebhook/2.0",
            "x-line-signature": base64.b64encode(digest).decode(),
        }

    def again(self, body: bytes, attempt: int) -> bytes:
        data = json.loads(body)
        for event in data["events"]:
            event["deliveryContext"]["isRedelivery"] = True
        return _bytes(data)

    # -- sending -------------------------------------------------------------------------------------------------------

    async def reply(self, call: Call) -> dict[str, Any]:
        account = self._account(call)
        body = call.json(_REPLY)
        chat, at = account.reply_tokens.pop(body["replyToken"], ("", 0))
        if not chat or self.clock() - at > REPLY_LIVES_MS:
            raise Wrong("reply")
        return {"sentMessages": self._take(account, chat, body["messages"])}

    async def push(self, call: Call) -> Reply | dict[str, Any]:
        account = self._account(call)
        body = call.json(_PUSH)
        key = call.headers.get("x-line-retry-key", "")
        if key:
            try:
                uuid.UUID(key)
            except ValueError:
                raise Wrong("value", "X-Line-Retry-Key", "must be a UUID") from None
            if key in account.pushed and self.clock() - account.pushed[key][0] < KEY_LIVES_MS:
                sent = account.pushed[key][2]
                data = {"message": "The retry key is already accepted", "sentMessages": sent}
                return Reply.json(data, 409, {"x-line-accepted-request-id": key})
        to = body["to"]
        if to not in account.guests and to not in account.groups:
            raise Wrong("value", "to", "The property, 'to', in the request body is invalid")
        people = len(account.groups[to].members) if to in account.groups else 1
        cost = people * len(body["messages"])
        if account.quota is not None and account.used + cost > account.quota:
            raise Wrong("quota")
        account.used += cost
        sent = self._take(account, to, body["messages"])
        if key:
            account.pushed[key] = (self.clock(), call.body, sent)
        return {"sentMessages": sent}

    def _take(self, account: Account, chat: str, messages: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        sent = []
        for message in messages:
            if message.get("quoteToken", "") not in (account.quotable | {""}):
                raise Wrong("value", "messages[0].quoteToken", "Invalid quote token")
        for message in messages:
            id, quote = self.next("46000000", 10), f"q-{secrets.token_hex(6)}"
            account.quotable.add(quote)
            said = message.get("text", f"[{message['type']}]")
            if (
                chat in account.groups or chat in account.followers
            ):  # who has blocked us gets nothing, and LINE says 200
                self.give(Delivered(chat, said, id, dict(message), account.user_id))
            sent.append({"id": id, "quoteToken": quote})
        return sent

    async def loading(self, call: Call) -> Reply:
        account, body = self._account(call), call.json(_LOADING)
        if body.get("loadingSeconds", 20) % 5:
            raise Wrong("value", "loadingSeconds", "must be a multiple of 5")
        account.loading.append(body["chatId"])
        return Reply.json({}, 202)

    async def mark_read(self, call: Call) -> dict[str, Any]:
        account, body = self._account(call), call.json(_READ)
        id = account.read_tokens.get(body["markAsReadToken"])
        if id is None:
            raise Wrong("value", "markAsReadToken", "is invalid")
        account.read.append(id)
        return {}

    # -- asking --------------------------------------------------------------------------------------------------------

    async def quota(self, call: Call) -> dict[str, Any]:
        account = self._account(call)
        return {"type": "none"} if account.quota is None else {"type": "limited", "value": account.quota}

    async def consumption(self, call: Call) -> dict[str, Any]:
        return {"totalUsage": self._account(call).used}

    async def content(self, call: Call) -> Reply:
        file, state = self._content(call)
        return Reply(202) if state == "processing" else Reply(200, file.content, file.media_type)

    async def transcoding(self, call: Call) -> dict[str, Any]:
        return {"status": self._content(call)[1]}

    def _content(self, call: Call) -> tuple[File, str]:
        file, until, state = self._account(call).content.get(call.args["id"], (None, 0, ""))
        if file is None or self.clock() >= until:
            raise Wrong("not_found")
        return file, state

    async def profile(self, call: Call) -> dict[str, Any]:
        account = self._account(call)
        if call.args["user"] not in account.followers:
            raise Wrong("not_found")
        guest = account.guests[call.args["user"]]
        return {**_public(guest), "language": guest.language}

    async def member(self, call: Call) -> dict[str, Any]:
        found = self._account(call).groups.get(call.args["group"])
        if found is None or call.args["user"] not in found.members:
            raise Wrong("not_found")
        return _public(found.members[call.args["user"]])

    async def summary(self, call: Call) -> dict[str, Any]:
        found = self._account(call).groups.get(call.args["group"])
        if found is None:
            raise Wrong("not_found")
        return {"groupId": found.id, "groupName": found.name}

    async def info(self, call: Call) -> dict[str, Any]:
        account = self._account(call)
        return {
            "userId": account.user_id,
            "basicId": "@" + account.user_id[1:8],
            "displayName": account.name,
            "chatMode": "bot",
            "markAsReadMode": "manual",
        }

    async def endpoint(self, call: Call) -> dict[str, Any]:
        account = self._account(call)
        if not account.endpoint:
            raise Wrong("not_found")
        return {"endpoint": account.endpoint, "active": account.active}

    async def set_endpoint(self, call: Call) -> dict[str, Any]:
        account = self._account(call)
        account.endpoint = call.json(_ENDPOINT)["endpoint"]
        return {}

    def _account(self, call: Call) -> Account:
        self._rate.check(call.path)
        return self.accounts[self.bearer(call, list(self.accounts))]

    # -- customers -----------------------------------------------------------------------------------------------------

    def befriend(self, guest: Guest, *, account: str = "", again: bool = False) -> None:
        """A customer adds (or unblocks) us."""
        to = self._of(account)
        to.guests[guest.id] = guest
        to.followers.add(guest.id)
        self.event(to, {"type": "follow", "follow": {"isUnblocked": again}}, guest)

    def block(self, guest: Guest, *, account: str = "") -> None:
        to = self._of(account)
        to.followers.discard(guest.id)
        self.event(to, {"type": "unfollow"}, guest, replies=False)

    async def says(
        self,
        guest: Guest,
        text: str,
        files: Sequence[File] = (),
        *,
        account: str = "",
        group: str = "",
        quotes: str = "",
        mentions_us: bool = False,
    ) -> str:
        """In a `group` (an id of `group_of`), or alone. Each file is a message of its own; gives the last one's id."""
        to, id = self._of(account), ""
        if not group and guest.id not in to.guests:
            to.guests[guest.id] = guest
            to.followers.add(guest.id)
        for file in files:
            id = self.next("45000000", 10)
            self.event(to, {"type": "message", "message": self._file_message(to, id, file)}, guest, group=group)
        if text:
            id = self.next("45000000", 10)
            message = self._quotable(to, {"id": id, "type": "text", "text": text})
            if quotes:
                message["quotedMessageId"] = quotes
            if mentions_us:
                mention = {"index": 0, "length": 5, "type": "user", "userId": to.user_id, "isSelf": True}
                message["mention"] = {"mentionees": [mention]}
            self.event(to, {"type": "message", "message": message}, guest, group=group)
        return id

    def message(self, guest: Guest, message: Mapping[str, Any], *, account: str = "", group: str = "") -> str:
        """Any other kind: sticker, location …"""
        to, id = self._of(account), self.next("45000000", 10)
        to.guests.setdefault(guest.id, guest)
        to.followers.add(guest.id)
        self.event(to, {"type": "message", "message": self._quotable(to, {"id": id, **message})}, guest, group=group)
        return id

    def unsends(self, guest: Guest, id: str, *, account: str = "", group: str = "") -> None:
        self.event(
            self._of(account), {"type": "unsend", "unsend": {"messageId": id}}, guest, group=group, replies=False
        )

    def presses(self, guest: Guest, data: str, *, account: str = "") -> None:
        self.event(self._of(account), {"type": "postback", "postback": {"data": data}}, guest)

    def group_of(self, name: str, members: Sequence[Guest], *, account: str = "", room: bool = False) -> str:
        """A group with these members and us; its id."""
        to = self._of(account)
        id = line_id("R" if room else "C", name)
        to.groups[id] = Group(id, name, {guest.id: guest for guest in members}, room)
        self.event(to, {"type": "join"}, None, group=id)
        return id

    def event(
        self, account: Account, event: Mapping[str, Any], guest: Guest | None, *, group: str = "", replies: bool = True
    ) -> None:
        """One event on its way to the account's webhook (or the one of all accounts)."""
        chat = group or (guest.id if guest else "")
        full: dict[str, Any] = {
            **event,
            "timestamp": self.clock(),
            "mode": "active",
            "webhookEventId": self.next("01J", 23),
            "deliveryContext": {"isRedelivery": False},
            "source": _source(account, guest, group),
        }
        if replies:
            token = secrets.token_hex(16)
            account.reply_tokens[token] = (chat, self.clock())
            full["replyToken"] = token
        self.hooks.post(_bytes({"destination": account.user_id, "events": [full]}), url=account.endpoint)

    def _of(self, account: str) -> Account:
        return next((one for one in self.accounts.values() if account in (one.user_id, one.name)), self.default)

    def _quotable(self, account: Account, message: Mapping[str, Any]) -> dict[str, Any]:
        quote, read = f"q-{secrets.token_hex(6)}", f"r-{secrets.token_hex(6)}"
        account.quotable.add(quote)
        account.read_tokens[read] = str(message["id"])
        return {**message, "quoteToken": quote, "markAsReadToken": read}

    def _file_message(self, account: Account, id: str, file: File) -> dict[str, Any]:
        kind = file.media_type.partition("/")[0]
        account.content[id] = (file, self.clock() + CONTENT_LIVES_MS, "succeeded")
        message: dict[str, Any] = {"id": id, "contentProvider": {"type": "line"}}
        match kind:
            case "image":
                return self._quotable(account, {**message, "type": "image"})
            case "video":
                return self._quotable(account, {**message, "type": "video", "duration": 4_000})
            case "audio":
                made = self._quotable(account, {**message, "type": "audio", "duration": 4_000})
            case _:
                facts = {"id": id, "type": "file", "fileName": file.name, "fileSize": len(file.content)}
                made = self._quotable(account, facts)
        del made["quoteToken"]
        return made


def line_id(kind: str, seed: str) -> str:
    """An id of LINE's form (kind U, C or R) that is the same for the same seed."""
    return kind + hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()


def _source(account: Account, guest: Guest | None, group: str) -> dict[str, str]:
    user = {"userId": guest.id} if guest else {}
    if not group:
        return {"type": "user", **user}
    if account.groups[group].room:
        return {"type": "room", "roomId": group, **user}
    return {"type": "group", "groupId": group, **user}


def _public(guest: Guest) -> dict[str, str]:
    return {
        "userId": guest.id,
        "displayName": guest.name,
        **({"pictureUrl": guest.picture} if guest.picture else {}),
    }


def _bytes(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def demo() -> DemoChannel:
    """Both shops have an Official Account."""
    names = {"shop-a-line": (SHOP_A, "Shop A LINE"), "baan-mali-line": (BAAN_MALI, "Baan Mali LINE")}
    accounts = {
        inbox: Account(f"demo-token-{inbox}", f"demo-secret-{inbox}", line_id("U", inbox), brand)
        for inbox, (brand, _) in names.items()
    }

    def door(simulator: Simulator, inbox: DemoInbox, url: str) -> None:
        accounts[inbox.name].endpoint = url

    return DemoChannel(
        "line",
        lambda **kinds: LineSim(list(accounts.values()), **kinds),
        lambda customer: Guest(line_id("U", customer.email), customer.name, customer.language),
        tuple(
            DemoInbox(
                inbox,
                brand,
                title,
                account=accounts[inbox].user_id,
                settings={"account": f"@{inbox}"},
                secrets={"access_token": accounts[inbox].token, "channel_secret": accounts[inbox].secret},
            )
            for inbox, (brand, title) in names.items()
        ),
        door,
    )
