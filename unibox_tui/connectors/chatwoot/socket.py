"""Chatwoot's socket: ActionCable's little protocol, one room. It has no replay, so whoever opens it asks for what was missed."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from unibox_tui.connectors.api.settings import origin
from unibox_tui.connectors.errors import CredentialsRejected, Transient

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

OPEN_S = 15.0
SILENT_S = 20.0  # it says something every three seconds
PRESENCE_S = 25.0
FRAME_BYTES = 4_000_000


class Room:
    """An open and confirmed subscription."""

    def __init__(self, socket: ClientConnection, identifier: str) -> None:
        self._socket, self._identifier = socket, identifier

    async def frames(self) -> AsyncIterator[dict[str, Any]]:
        """{"event", "data"} of each; raises Transient when it is over or silent."""
        while True:
            said = await _said(self._socket, SILENT_S)
            message = said.get("message")
            if said.get("type") == "disconnect":
                raise Transient("Chatwoot has closed its socket.")
            if isinstance(message, dict) and "event" in message:
                yield message

    async def be_present(self) -> None:
        """Until cancelled."""
        data = json.dumps({"action": "update_presence"})
        frame = json.dumps({"command": "message", "identifier": self._identifier, "data": data})
        while True:
            await self._socket.send(frame)
            await asyncio.sleep(PRESENCE_S)


@contextlib.asynccontextmanager
async def room(api: str, pubsub_token: str, account: str, user: str) -> AsyncIterator[Room]:
    """Raises Transient, CredentialsRejected."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import WebSocketException
    from websockets.typing import Origin, Subprotocol

    identifier = json.dumps(
        {"channel": "RoomChannel", "pubsub_token": pubsub_token, "account_id": int(account), "user_id": int(user)}
    )
    address = f"{'wss' if api.startswith('https') else 'ws'}{api[api.index('://') :].rstrip('/')}/cable"
    try:
        async with connect(
            address,
            origin=Origin(origin(api)),
            subprotocols=[Subprotocol("actioncable-v1-json")],
            max_size=FRAME_BYTES,
            open_timeout=OPEN_S,
            ping_interval=None,
            close_timeout=1.0,
        ) as socket:
            await socket.send(json.dumps({"command": "subscribe", "identifier": identifier}))
            async with asyncio.timeout(OPEN_S):
                while (kind := (await _said(socket, OPEN_S)).get("type")) != "confirm_subscription":
                    if kind in ("reject_subscription", "disconnect"):
                        raise CredentialsRejected(
                            "Chatwoot's socket does not take this user.", hint="Is the token an agent's?"
                        )
            yield Room(socket, identifier)
    except TimeoutError:
        raise Transient("Chatwoot's socket does not answer.") from None
    except (WebSocketException, OSError) as error:
        raise Transient("Chatwoot's socket broke.", code=type(error).__name__) from None


async def _said(socket: ClientConnection, within_s: float) -> dict[str, Any]:
    try:
        async with asyncio.timeout(within_s):
            frame = await socket.recv()
    except TimeoutError:
        raise Transient("Chatwoot's socket has fallen silent.") from None
    try:
        said = json.loads(frame)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
