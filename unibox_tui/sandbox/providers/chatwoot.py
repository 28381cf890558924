"""A Chatwoot on loopback: one account with its conversations, agents, labels and canned replies, its socket and its webhooks."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from starlette.routing import BaseRoute, WebSocketRoute

from unibox_tui.sandbox.people import SHOP_A
from unibox_tui.sandbox.providers.base import Call, Delivered, Guest, Handler, Reply
from unibox_tui.sandbox.providers.chatwoot_crowd import ChatwootCrowd
from unibox_tui.sandbox.providers.chatwoot_parts import (
    AFTER,
    ASSIGN,
    CANNED,
    CONTACT,
    GONE,
    LABELS,
    LATEST,
    MESSAGE,
    OUT,
    PAGE,
    PRIORITY,
    STATUS,
    TYPING,
    Agent,
    Contact,
    Conversation,
    made_of,
)
from unibox_tui.sandbox.providers.checks import Wrong
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule


class ChatwootSim(ChatwootCrowd):
    """`hooked`: webhooks are configured too. `keeps_attributes`: it is one of those that keep what we put into a message."""

    channel: ClassVar[str] = "chatwoot"
    schedule: ClassVar[Schedule] = Schedule(retries=(), within_s=5.0)

    def __init__(
        self,
        *,
        token: str = "chatwoot-token-0001",  # noqa: S107
        secret: str = "chatwoot-hook-word",  # noqa: S107
        account: int = 1,
        hooked: bool = True,
        keeps_attributes: bool = True,
        **more: Any,
    ) -> None:
        self.token, self.secret, self.account = token, secret, account
        self.hooked, self.keeps_attributes = hooked, keeps_attributes
        self.pubsub, self.role = "pubsub-word-0001", "administrator"
        self.me = Agent(10, "unibox", "unibox@shop-a.example")
        self.agents = {
            10: self.me,
            12: Agent(12, "Lan", "lan@shop-a.example"),
            13: Agent(13, "Minh", "minh@shop-a.example"),
        }
        self.canned: dict[int, dict[str, Any]] = {}
        self.typing: list[tuple[int, str]] = []
        self.seen: list[int] = []
        self.decided: list[tuple[str, int, Any]] = []  # what our side decided: (what, conversation, value)
        super().__init__(**more)
        self.received.hide(self.token, self.secret, self.pubsub)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        base = f"/api/v1/accounts/{self.account}"
        one = f"{base}/conversations/{{id}}"
        return [
            ("GET", "/api/v1/profile", self._profile),
            ("GET", f"{base}/agents", self._agents),
            ("GET", f"{base}/inboxes", self._inboxes),
            ("GET", f"{base}/conversations", self._list),
            ("GET", f"{one}/messages", self._messages),
            ("POST", f"{one}/messages", self._send),
            ("POST", f"{one}/toggle_status", self._toggle),
            ("POST", f"{one}/labels", self._label),
            ("POST", f"{one}/assignments", self._assign),
            ("POST", f"{one}/toggle_priority", self._prioritise),
            ("POST", f"{one}/toggle_typing_status", self._types),
            ("POST", f"{one}/update_last_seen", self._sees),
            ("GET", f"{base}/contacts/{{id}}", self._contact),
            ("PUT", f"{base}/contacts/{{id}}", self._change_contact),
            ("POST", f"{base}/contacts/{{id}}/destroy_custom_attributes", self._drop_fields),
            ("GET", f"{base}/canned_responses", self._canned),
            ("POST", f"{base}/canned_responses", self._new_canned),
            ("PATCH", f"{base}/canned_responses/{{id}}", self._change_canned),
            ("DELETE", f"{base}/canned_responses/{{id}}", self._drop_canned),
        ]

    def sockets(self) -> Sequence[BaseRoute]:
        return [WebSocketRoute("/cable", self._cable)]

    def wrong(self, error: Wrong) -> Reply:
        match error.kind:
            case "token":
                return Reply.json({"errors": ["Invalid Access Token"]}, 401)
            case "not_found" | "method":
                return Reply.json({"error": "Resource could not be found"}, 404)
            case "rate":
                return Reply(429, b"Retry later\n", "text/plain", {"Retry-After": str(int(error.retry_after or 1))})
        return Reply.json({"message": f"{error.where} {error.why}".strip(), "attributes": [error.where]}, 422)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        stamp = str(self.clock() // 1000)
        mac = hmac.new(self.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "X-Chatwoot-Timestamp": stamp,
            "X-Chatwoot-Signature": f"sha256={mac}",
            "X-Chatwoot-Delivery": self.next("delivery-"),
        }

    # -- the API ----------------------------------------------------------------------------------------------------------

    def _known(self, call: Call) -> None:
        if not hmac.compare_digest(call.headers.get("api_access_token", "").encode(), self.token.encode()):
            raise Wrong("token")

    def _one(self, call: Call) -> Conversation:
        self._known(call)
        id = call.args["id"]
        found = self.conversations.get(int(id)) if id.isdigit() else None
        if found is None:
            raise Wrong("not_found")
        return found

    async def _profile(self, call: Call) -> Any:
        self._known(call)
        return {
            **self.me.shown(),
            "email": self.me.email,
            "pubsub_token": self.pubsub,
            "accounts": [{"id": self.account, "name": SHOP_A, "role": self.role}],
        }

    async def _agents(self, call: Call) -> Any:
        self._known(call)
        return [{**agent.shown(), "email": agent.email} for agent in self.agents.values()]

    async def _inboxes(self, call: Call) -> Any:
        self._known(call)
        numbers = {3, *(one.inbox for one in self.conversations.values())}
        return {"payload": [{"id": number, "name": f"Inbox {number}"} for number in sorted(numbers)]}

    async def _list(self, call: Call) -> Any:
        self._known(call)
        if call.arg("assignee_type") != "all" or call.arg("status") != "all":
            raise Wrong("value", "status", "only all is played here")
        rows = sorted(self.conversations.values(), key=lambda one: (one.active_at, one.id), reverse=True)
        if inbox := call.arg("inbox_id"):
            rows = [one for one in rows if str(one.inbox) == inbox]
        start = (int(call.arg("page", "1")) - 1) * PAGE
        page = [one.shown(self.account) for one in rows[start : start + PAGE]]
        return {"data": {"meta": {"all_count": len(rows)}, "payload": page}}

    async def _messages(self, call: Call) -> Any:
        one = self._one(call)
        after, before = call.arg("after"), call.arg("before")
        rows = one.messages
        if after:
            rows = [message for message in rows if message["id"] > int(after)][:AFTER]
        elif before:
            rows = [message for message in rows if message["id"] < int(before)][-LATEST:]
        else:
            rows = rows[-LATEST:]
        return {"meta": {"labels": one.labels}, "payload": rows}

    async def _send(self, call: Call) -> Any:
        one = self._one(call)
        data, files = made_of(call.parts) if call.media_type == "multipart/form-data" else (call.json(MESSAGE), [])
        if not data["content"] and not files:
            raise Wrong("length", "content", "can't be blank")
        attributes = dict(data.get("content_attributes") or {})
        if not self.keeps_attributes:
            attributes = {key: value for key, value in attributes.items() if key == "in_reply_to"}
        private = bool(data.get("private"))
        message = self._add(
            one, OUT, data["content"], self.me.shown(), files, private=private, attributes=attributes,
            echo_id=str(data.get("echo_id") or ""),
        )  # fmt: skip
        if not private:
            self.give(Delivered(str(one.id), data["content"], str(message["id"]), message))
        return {**message, "echo_id": data.get("echo_id")}

    async def _toggle(self, call: Call) -> Any:
        one, data = self._one(call), call.json(STATUS)
        self.decided.append(("status", one.id, data["status"]))
        self.sets(one, status=data["status"], until=data.get("snoozed_until"))
        return {"payload": {"success": True, "conversation_id": one.id, "current_status": one.status}}

    async def _label(self, call: Call) -> Any:
        one, data = self._one(call), call.json(LABELS)
        self.decided.append(("labels", one.id, data["labels"]))
        self.sets(one, labels=data["labels"])
        return {"payload": data["labels"]}

    async def _assign(self, call: Call) -> Any:
        one, data = self._one(call), call.json(ASSIGN)
        agent = self.agents.get(data["assignee_id"] or 0)
        self.decided.append(("assignee", one.id, data["assignee_id"]))
        self.sets(one, assignee=agent)
        return agent.shown() if agent else None

    async def _prioritise(self, call: Call) -> Any:
        one, level = self._one(call), call.json(PRIORITY)["priority"]
        self.decided.append(("priority", one.id, level))
        self.sets(one, priority=level)
        return Reply(200)

    def _of(self, call: Call) -> Contact:
        self._known(call)
        found = next((one for one in self.contacts.values() if str(one.id) == call.args["id"]), None)
        if found is None:
            raise Wrong("not_found")
        return found

    async def _contact(self, call: Call) -> Any:
        return {"payload": self._of(call).shown()}

    async def _change_contact(self, call: Call) -> Any:
        one, fields = self._of(call), call.json(CONTACT)["custom_attributes"]
        self.decided.append(("fields", one.id, fields))
        self.knows(one, **fields)
        return {"payload": one.shown()}

    async def _drop_fields(self, call: Call) -> Any:
        one, names = self._of(call), call.json(GONE)["custom_attributes"]
        self.decided.append(("gone", one.id, names))
        self.knows(one, **dict.fromkeys(names))
        return {"payload": one.shown()}

    async def _types(self, call: Call) -> Any:
        self.typing.append((self._one(call).id, call.json(TYPING)["typing_status"]))
        return Reply(200)

    async def _sees(self, call: Call) -> Any:
        self.seen.append(self._one(call).id)
        return {}

    async def _canned(self, call: Call) -> Any:
        self._known(call)
        return list(self.canned.values())

    async def _new_canned(self, call: Call) -> Any:
        self._known(call)
        data = call.json(CANNED)
        if any(one["short_code"] == data["short_code"] for one in self.canned.values()):
            raise Wrong("value", "short_code", "has already been taken")
        id = int(self.next())
        self.canned[id] = {"id": id, "account_id": self.account, **data}
        return self.canned[id]

    async def _change_canned(self, call: Call) -> Any:
        found = self._canned_one(call)
        found.update(call.json(CANNED))
        return found

    async def _drop_canned(self, call: Call) -> Any:
        del self.canned[self._canned_one(call)["id"]]
        return Reply(200)

    def _canned_one(self, call: Call) -> dict[str, Any]:
        self._known(call)
        found = self.canned.get(int(call.args["id"])) if call.args["id"].isdigit() else None
        if found is None:
            raise Wrong("not_found")
        return found


def demo() -> DemoChannel:
    """The Vietnamese shop has an account."""
    word, secret = "demo-chatwoot-token", "demo-chatwoot-hook"
    return DemoChannel(
        "chatwoot",
        lambda **kinds: ChatwootSim(token=word, secret=secret, **kinds),
        lambda customer: Guest(f"cw-{customer.email}", customer.name, customer.language),
        (
            DemoInbox(
                "shop-a-chatwoot",
                SHOP_A,
                "Shop A Chatwoot",
                settings={"account": "1"},
                secrets={"token": word, "webhook_secret": secret},
            ),
        ),
    )
