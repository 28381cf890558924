"""A Chatwoot on loopback: one account with its conversations, agents, labels and canned replies, its socket and its webhooks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from unibox_tui.sandbox.people import SHOP_A
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Wrong, anything, flag, many, number, one_of, shape, text
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule

ROOM = "RoomChannel"
PING_S = 3.0
PAGE, LATEST, AFTER = 25, 20, 100
IN, OUT, ACTIVITY = 0, 1, 2
_MESSAGE = shape(
    {"content": text(150_000, least=0)},
    {
        "message_type": one_of("outgoing", "incoming"),
        "private": flag(),
        "echo_id": text(200),
        "content_type": one_of("text"),
        "content_attributes": anything(),
        "template_params": anything(),
    },
)
_STATUS = shape({"status": one_of("open", "resolved", "pending", "snoozed")}, {"snoozed_until": number(0)})
_LABELS = shape({"labels": many(text(100, pattern=r"[\w-]+"), 0, 100)})
_ASSIGN = shape({"assignee_id": anything()})
_TYPING = shape({"typing_status": one_of("on", "off")})
_CANNED = shape({"short_code": text(100), "content": text(10_000)})


@dataclass(slots=True)
class Agent:
    id: int
    name: str
    email: str

    def shown(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "type": "user", "thumbnail": ""}


@dataclass(slots=True)
class Conversation:
    id: int
    guest: Guest
    inbox: int
    contact: int
    status: str = "open"
    until: int | None = None
    labels: list[str] = field(default_factory=list)
    assignee: Agent | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    active_at: int = 0
    updated_at: int = 0


class ChatwootSim(Simulator):
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
        self.pubsub = "pubsub-word-0001"
        self.me = Agent(10, "unibox", "unibox@shop-a.example")
        self.agents = {
            10: self.me,
            12: Agent(12, "Lan", "lan@shop-a.example"),
            13: Agent(13, "Minh", "minh@shop-a.example"),
        }
        self.conversations: dict[int, Conversation] = {}
        self.canned: dict[int, dict[str, Any]] = {}
        self.typing: list[tuple[int, str]] = []
        self.seen: list[int] = []
        self.decided: list[tuple[str, int, Any]] = []  # what our side decided: (what, conversation, value)
        self.rooms: set[asyncio.Queue[dict[str, Any] | None]] = set()
        self._contacts: dict[str, int] = {}
        self._ids = 1_000
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
            ("POST", f"{one}/toggle_typing_status", self._types),
            ("POST", f"{one}/update_last_seen", self._sees),
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

    # -- the customers' and the other agents' side --------------------------------------------------------------------------

    def open(self, guest: Guest, *, inbox: int = 3) -> Conversation:
        """A new conversation with this customer."""
        contact = self._contacts.setdefault(guest.id, 500 + len(self._contacts))
        id = len(self.conversations) + 1
        now = self.clock()
        found = self.conversations[id] = Conversation(id, guest, inbox, contact, active_at=now, updated_at=now)
        self._tell("conversation.created", self._shown(found))
        return found

    def of(self, guest: Guest) -> Conversation:
        """Their newest, made when there is none."""
        here = [one for one in self.conversations.values() if one.guest.id == guest.id]
        return here[-1] if here else self.open(guest)

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        conversation = self.of(guest)
        if conversation.status in ("resolved", "snoozed"):
            self._set(conversation, status="open", until=None)
        sender = {"id": conversation.contact, "name": guest.name, "type": "contact", **_reach(guest)}
        return str(self._add(conversation, IN, text, sender, files)["id"])

    def answers(self, conversation: Conversation, agent: Agent, text: str, *, private: bool = False) -> str:
        """Another agent writes in Chatwoot itself."""
        message = self._add(conversation, OUT, text, agent.shown(), private=private)
        return str(message["id"])

    def decides(self, conversation: Conversation, **changes: Any) -> None:
        """Another agent sets status, until, labels or assignee (an Agent or None) there."""
        self._set(conversation, **changes)
        self._add(conversation, ACTIVITY, "was changed", {})

    def reports(self, message_id: str, status: str) -> None:
        """The network behind the inbox reports of an answer."""
        for conversation in self.conversations.values():
            for message in conversation.messages:
                if str(message["id"]) == message_id:
                    message["status"] = status
                    self._tell("message.updated", message)

    def hang_up(self) -> None:
        """Every socket breaks."""
        for queue in self.rooms:
            queue.put_nowait(None)

    def _set(self, conversation: Conversation, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(conversation, name, value)
        conversation.updated_at = self.clock()
        name = "conversation.status_changed" if "status" in changes else "conversation.updated"
        self._tell("assignee.changed" if "assignee" in changes else name, self._shown(conversation))

    def _add(
        self,
        conversation: Conversation,
        kind: int,
        content: str,
        sender: Mapping[str, Any],
        files: Sequence[File] = (),
        *,
        private: bool = False,
        attributes: Mapping[str, Any] | None = None,
        echo_id: str = "",
    ) -> dict[str, Any]:
        self._ids += 1
        message: dict[str, Any] = {
            "id": self._ids,
            "content": content or None,
            "account_id": self.account,
            "inbox_id": conversation.inbox,
            "conversation_id": conversation.id,
            "message_type": kind,
            "created_at": self.clock() // 1000,
            "private": private,
            "status": "sent",
            "source_id": None,
            "content_type": "text",
            "content_attributes": dict(attributes or {}),
            "sender_type": {"contact": "Contact", "user": "User"}.get(str(sender.get("type"))),
            "sender": dict(sender),
            "attachments": [self._attached(file) for file in files],
        }
        conversation.messages.append(message)
        conversation.active_at = self.clock()
        self._tell("message.created", {**message, **({"echo_id": echo_id} if echo_id else {})})
        return message

    def _attached(self, file: File) -> dict[str, Any]:
        kind = file.media_type.partition("/")[0]
        return {
            "id": int(self.next()),
            "file_type": kind if kind in ("image", "audio", "video") else "file",
            "data_url": self.shelve(file),
            "file_size": len(file.content),
        }

    def _shown(self, one: Conversation) -> dict[str, Any]:
        meta: dict[str, Any] = {"sender": {"id": one.contact, "name": one.guest.name, **_reach(one.guest)}}
        if one.assignee is not None:
            meta["assignee"] = one.assignee.shown()
        return {
            "id": one.id,
            "account_id": self.account,
            "inbox_id": one.inbox,
            "meta": meta,
            "status": one.status,
            "labels": list(one.labels),
            "snoozed_until": one.until,
            "last_activity_at": one.active_at // 1000,
            "updated_at": one.updated_at / 1000,
        }

    # -- telling ----------------------------------------------------------------------------------------------------------

    def _tell(self, event: str, data: Mapping[str, Any]) -> None:
        for queue in self.rooms:
            queue.put_nowait({"event": event, "data": dict(data)})
        if not self.hooked or event == "assignee.changed":
            return
        posted = {**data, "event": event.replace(".", "_", 1)}
        if event.startswith("message"):
            one = self.conversations[int(data["conversation_id"])]
            posted |= {"conversation": self._shown(one), "account": {"id": self.account}, "inbox": {"id": one.inbox}}
            posted |= {"message_type": ("incoming", "outgoing", "activity")[int(data["message_type"])]}
            del posted["conversation_id"]
        self.hooks.post(json.dumps(posted, ensure_ascii=False).encode())

    async def _cable(self, socket: WebSocket) -> None:
        await socket.accept("actioncable-v1-json")
        await socket.send_json({"type": "welcome"})
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        try:
            frame = json.loads(await socket.receive_text())
            identifier = frame.get("identifier", "{}")
            asked = json.loads(identifier)
            wanted = {"channel": ROOM, "pubsub_token": self.pubsub, "account_id": self.account, "user_id": self.me.id}
            if frame.get("command") != "subscribe" or asked != wanted:
                await socket.send_json({"type": "reject_subscription", "identifier": identifier})
                return
            self.rooms.add(queue)
            await socket.send_json({"type": "confirm_subscription", "identifier": identifier})
            listening = asyncio.create_task(_listen(socket, queue))
            try:
                await self._speak(socket, queue, identifier)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        except (WebSocketDisconnect, RuntimeError):
            pass  # who listened is gone
        finally:
            self.rooms.discard(queue)

    async def _speak(self, socket: WebSocket, queue: asyncio.Queue[dict[str, Any] | None], identifier: str) -> None:
        while True:
            try:
                async with asyncio.timeout(PING_S):
                    event = await queue.get()
            except TimeoutError:
                await socket.send_json({"type": "ping", "message": self.clock() // 1000})
                continue
            if event is None:
                await socket.close(1001)
                return
            await socket.send_json({"identifier": identifier, "message": event})

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
            "accounts": [{"id": self.account}],
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
        page = [self._shown(one) for one in rows[start : start + PAGE]]
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
        files: list[File] = []
        if call.media_type == "multipart/form-data":
            data: dict[str, Any] = {"content": "", "content_attributes": {}}
            for name, value in call.parts.items():
                if isinstance(value, File):
                    if name != "attachments[]":
                        raise Wrong("unknown", name, "is not permitted")
                    files.append(value)
                elif name.startswith("content_attributes["):
                    data["content_attributes"][name.partition("[")[2].rstrip("]")] = value
                else:
                    data[name] = value == "true" if name == "private" else value
            _MESSAGE(data, "")
        else:
            data = call.json(_MESSAGE)
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
        one, data = self._one(call), call.json(_STATUS)
        self.decided.append(("status", one.id, data["status"]))
        self._set(one, status=data["status"], until=data.get("snoozed_until"))
        return {"payload": {"success": True, "conversation_id": one.id, "current_status": one.status}}

    async def _label(self, call: Call) -> Any:
        one, data = self._one(call), call.json(_LABELS)
        self.decided.append(("labels", one.id, data["labels"]))
        self._set(one, labels=data["labels"])
        return {"payload": data["labels"]}

    async def _assign(self, call: Call) -> Any:
        one, data = self._one(call), call.json(_ASSIGN)
        agent = self.agents.get(data["assignee_id"] or 0)
        self.decided.append(("assignee", one.id, data["assignee_id"]))
        self._set(one, assignee=agent)
        return agent.shown() if agent else None

    async def _types(self, call: Call) -> Any:
        self.typing.append((self._one(call).id, call.json(_TYPING)["typing_status"]))
        return Reply(200)

    async def _sees(self, call: Call) -> Any:
        self.seen.append(self._one(call).id)
        return {}

    async def _canned(self, call: Call) -> Any:
        self._known(call)
        return list(self.canned.values())

    async def _new_canned(self, call: Call) -> Any:
        self._known(call)
        data = call.json(_CANNED)
        if any(one["short_code"] == data["short_code"] for one in self.canned.values()):
            raise Wrong("value", "short_code", "has already been taken")
        id = int(self.next())
        self.canned[id] = {"id": id, "account_id": self.account, **data}
        return self.canned[id]

    async def _change_canned(self, call: Call) -> Any:
        found = self._canned_one(call)
        found.update(call.json(_CANNED))
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


def _reach(guest: Guest) -> dict[str, Any]:
    return {"email": None, "phone_number": guest.phone or None, "additional_attributes": {}}


async def _listen(socket: WebSocket, queue: asyncio.Queue[dict[str, Any] | None]) -> None:
    """What a client says besides (presence) is taken; when it goes, so does the room."""
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError):
        queue.put_nowait(None)


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
