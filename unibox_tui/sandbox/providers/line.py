"""The LINE Platform on loopback: replies, pushes with retry keys, quotas, content that disappears, groups, signed webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from unibox_tui.sandbox.people import BAAN_MALI, SHOP_A
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Rate, Wrong
from unibox_tui.sandbox.providers.line_crowd import LineCrowd
from unibox_tui.sandbox.providers.line_parts import (
    ENDPOINT,
    KEY_LIVES_MS,
    LOADING,
    PER_SECOND,
    PUSH,
    READ,
    REPLY,
    REPLY_LIVES_MS,
    TRIED,
    Account,
    line_id,
    packed,
    public,
    refusal,
)
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule


class LineSim(LineCrowd):
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
            ("POST", "/v2/bot/channel/webhook/test", self.try_endpoint),
        ]

    def wrong(self, error: Wrong) -> Reply:
        return refusal(error)

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
        return packed(data)

    # -- sending -------------------------------------------------------------------------------------------------------

    async def reply(self, call: Call) -> dict[str, Any]:
        account = self._account(call)
        body = call.json(REPLY)
        chat, at = account.reply_tokens.pop(body["replyToken"], ("", 0))
        if not chat or self.clock() - at > REPLY_LIVES_MS:
            raise Wrong("reply")
        return {"sentMessages": self._take(account, chat, body["messages"])}

    async def push(self, call: Call) -> Reply | dict[str, Any]:
        account = self._account(call)
        body = call.json(PUSH)
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
        account, body = self._account(call), call.json(LOADING)
        if body.get("loadingSeconds", 20) % 5:
            raise Wrong("value", "loadingSeconds", "must be a multiple of 5")
        account.loading.append(body["chatId"])
        return Reply.json({}, 202)

    async def mark_read(self, call: Call) -> dict[str, Any]:
        account, body = self._account(call), call.json(READ)
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
        return {**public(guest), "language": guest.language}

    async def member(self, call: Call) -> dict[str, Any]:
        found = self._account(call).groups.get(call.args["group"])
        if found is None or call.args["user"] not in found.members:
            raise Wrong("not_found")
        return public(found.members[call.args["user"]])

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
        account.endpoint = call.json(ENDPOINT)["endpoint"]
        return {}

    async def try_endpoint(self, call: Call) -> dict[str, Any]:
        account = self._account(call)
        url = call.json(TRIED).get("endpoint") or account.endpoint
        if not url:
            raise Wrong("not_found")
        said = {"success": True, "statusCode": 200, "reason": "OK", "detail": "200"}
        if account.unreachable:
            said = {"success": False, "statusCode": 0, "reason": account.unreachable, "detail": ""}
        return {**said, "timestamp": datetime.fromtimestamp(self.clock() / 1000, UTC).isoformat()}

    def _account(self, call: Call) -> Account:
        self._rate.check(call.path)
        return self.accounts[self.bearer(call, list(self.accounts))]


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
