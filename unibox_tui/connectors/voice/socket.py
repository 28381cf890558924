"""The one module of this channel that speaks WebSocket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections.abc import AsyncIterator
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from unibox_tui.connectors.errors import CredentialsRejected, Misconfigured, Transient

CONNECT_S = 10.0
MOST_BYTES = 2_000_000
logging.getLogger("websockets").setLevel(logging.WARNING)  # it logs headers, which hold the password


class Line:
    """An open socket. `heard` waits for the next message; None: nothing came within that time."""

    def __init__(self, socket: object) -> None:
        self._socket = socket

    async def heard(self, seconds: float) -> bytes | None:
        try:
            async with asyncio.timeout(seconds):
                got = await self._socket.recv()  # type: ignore[attr-defined]
        except TimeoutError:
            return None
        except ConnectionClosed:
            raise Transient("Asterisk closed the line of events.") from None
        return got.encode() if isinstance(got, str) else bytes(got)


@contextlib.asynccontextmanager
async def opened(api: str, stasis: str, user: str, password: str, mend: str) -> AsyncIterator[Line]:
    """The events of a Stasis application and of everything else at this Asterisk. Raises the errors of the tree."""
    parts = urlsplit(api)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme)
    if scheme is None or not parts.netloc:
        raise Misconfigured("`api` is no address of Asterisk's REST interface.", hint="As in http://127.0.0.1:8088/ari")
    url = f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/events?app={quote(stasis, safe='')}&subscribeAll=true"
    login = base64.b64encode(f"{user}:{password}".encode()).decode()
    try:
        socket = await connect(
            url,
            additional_headers={"Authorization": f"Basic {login}"},
            open_timeout=CONNECT_S,
            close_timeout=2,
            max_size=MOST_BYTES,
            proxy=None,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        if status in (401, 403):
            raise CredentialsRejected(
                "Asterisk does not take the user or password.", code=str(status), hint=mend
            ) from None
        raise Transient(f"Asterisk refused the line of events (HTTP {status}).", code=str(status)) from None
    except InvalidURI:
        raise Misconfigured("`api` is no address of Asterisk's REST interface.") from None
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise Transient("Asterisk cannot be reached.", code=type(error).__name__, hint="Is `api` right, and Asterisk up?") from None  # fmt: skip
    try:
        yield Line(socket)
    finally:
        await socket.close()
