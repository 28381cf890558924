"""What customers and other agents of the simulated Chatwoot do, and how it tells of it: by socket and webhook."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from unibox_tui.sandbox.providers.base import File, Guest, Simulator
from unibox_tui.sandbox.providers.chatwoot_parts import ACTIVITY, IN, OUT, PING_S, ROOM, Agent, Contact, Conversation


class ChatwootCrowd(Simulator):
    """Without what its API answers."""

    account: int
    hooked: bool
    pubsub: str
    me: Agent

    def __init__(self, **kinds: Any) -> None:
        self.conversations: dict[int, Conversation] = {}
        self.contacts: dict[str, Contact] = {}  # by the guest's id
        self.rooms: set[asyncio.Queue[dict[str, Any] | None]] = set()
        self._ids = 1_000
        super().__init__(**kinds)

    # -- the customers' and the other agents' side --------------------------------------------------------------------------

    def open(self, guest: Guest, *, inbox: int = 3) -> Conversation:
        """A new conversation with this customer."""
        contact = self.contacts.setdefault(guest.id, Contact(500 + len(self.contacts), guest))
        id = len(self.conversations) + 1
        now = self.clock()
        found = self.conversations[id] = Conversation(id, guest, inbox, contact, active_at=now, updated_at=now)
        self._tell("conversation.created", found.shown(self.account))
        return found

    def of(self, guest: Guest) -> Conversation:
        """Their newest, made when there is none."""
        here = [one for one in self.conversations.values() if one.guest.id == guest.id]
        return here[-1] if here else self.open(guest)

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        conversation = self.of(guest)
        if conversation.status in ("resolved", "snoozed"):
            self.sets(conversation, status="open", until=None)
        return str(self._add(conversation, IN, text, conversation.contact.shown(), files)["id"])

    def answers(self, conversation: Conversation, agent: Agent, text: str, *, private: bool = False) -> str:
        """Another agent writes in Chatwoot itself."""
        message = self._add(conversation, OUT, text, agent.shown(), private=private)
        return str(message["id"])

    def decides(self, conversation: Conversation, **changes: Any) -> None:
        """Another agent sets status, until, labels, priority, team, fields or assignee (an Agent or None) there."""
        self.sets(conversation, **changes)
        self._add(conversation, ACTIVITY, "was changed", {})

    def knows(self, contact: Contact, **fields: Any) -> None:
        """These custom attributes of a customer are set there; None takes one away."""
        contact.fields = {name: value for name, value in {**contact.fields, **fields}.items() if value is not None}
        self._tell("contact.updated", {**contact.shown(), "account_id": self.account})

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

    def sets(self, conversation: Conversation, **changes: Any) -> None:
        """As `decides`, without a word in the conversation."""
        for name, value in changes.items():
            setattr(conversation, name, value)
        conversation.updated_at = self.clock()
        names = {"status": "conversation.status_changed", "assignee": "assignee.changed", "team": "team.changed"}
        name = next((name for what, name in names.items() if what in changes), "conversation.updated")
        self._tell(name, conversation.shown(self.account))

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

    # -- telling ----------------------------------------------------------------------------------------------------------

    def _tell(self, event: str, data: Mapping[str, Any]) -> None:
        for queue in self.rooms:
            queue.put_nowait({"event": event, "data": dict(data)})
        if not self.hooked or event in ("assignee.changed", "team.changed"):
            return
        posted = {**data, "event": event.replace(".", "_", 1)}
        if event.startswith("message"):
            one = self.conversations[int(data["conversation_id"])]
            posted |= {
                "conversation": one.shown(self.account),
                "account": {"id": self.account},
                "inbox": {"id": one.inbox},
            }
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


async def _listen(socket: WebSocket, queue: asyncio.Queue[dict[str, Any] | None]) -> None:
    """What a client says besides (presence) is taken; when it goes, so does the room."""
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError):
        queue.put_nowait(None)
