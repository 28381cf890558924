"""What every simulated provider is: routes, state, a clock, faults, a journal, and customers who get what we send.

    class LineSim(Simulator):
        channel = "line"

        def routes(self):
            return [("POST", "/v2/bot/message/push", self.push), ("GET", "/v2/bot/profile/{user}", self.profile)]

        async def push(self, call: Call) -> Reply | dict:      # a dict or list is a JSON answer with status 200
            self.bearer(call)                                  # raises Wrong("token")
            body = call.json(PUSH)                             # content type, JSON and shape are checked: Wrong
            …
            self.give(Delivered(to, text, id, body))           # a customer has it now, exactly once
            return {"sentMessages": […]}

        def wrong(self, error: Wrong) -> Reply: …              # the provider's own error shape, in one place
        def sign(self, body, url, attempt) -> headers: …       # the provider's signature of a webhook
        async def says(self, guest, text, files=()) -> str: …  # a customer writes; gives the provider's message id

A test: `async with ProviderServer() as server: sim = server.mount(LineSim())`, then `sim.base_url` is the setting `api`,
`sim.hooks.url` is our door, `sim.faults.drop_answer()` misbehaves, `sim.received` holds what came (printable, tokens masked),
`sim.delivered` what customers got, `sim.clock.forward(hours=24)` ages windows and media.
State of several accounts (Pages, OAs, numbers) belongs in one simulator, keyed by their tokens.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Router, compile_path
from starlette.types import Message, Receive, Scope, Send

from unibox_tui.connectors.contract import Http
from unibox_tui.sandbox.providers.checks import Check, Wrong
from unibox_tui.sandbox.providers.clock import SandboxClock
from unibox_tui.sandbox.providers.faults import Faults
from unibox_tui.sandbox.providers.journal import Journal, Received
from unibox_tui.sandbox.providers.webhooks import Deliverer, Schedule

BODY_BYTES = 60_000_000
Handler = Callable[["Call"], Awaitable["Reply | Mapping[str, Any] | Sequence[Any]"]]


@dataclass(frozen=True, slots=True)
class Guest:
    """A customer at the provider. `id` is what the provider calls them; tests and the demo invent it."""

    id: str
    name: str
    language: str = "vi"
    phone: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a customer got from us: exactly once, however often we asked. `raw` is the provider's message as we wrote it."""

    to: str
    text: str
    id: str
    raw: Any = None
    account: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """What a customer sends, or one part of a multipart body."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
        return cls(status, json.dumps(data, ensure_ascii=False).encode(), "application/json", headers or {})


@dataclass(slots=True)
class Call:
    """One request. `path` is without the simulator's prefix; `args` are the `{…}` of the route; header names are lower case."""

    method: str
    path: str
    args: dict[str, str]
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    parts: dict[str, File | str] = field(default_factory=dict)  # of a multipart body

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self, check: Check | None = None) -> Any:
        """Raises Wrong: not application/json, not JSON, or not of this shape."""
        if self.media_type != "application/json":
            raise Wrong("body", why="Content-Type must be application/json")
        try:
            data = json.loads(self.body)
        except ValueError:
            raise Wrong("body", why="is not JSON") from None
        if check is not None:
            check(data, "")
        return data

    def form(self, check: Check | None = None) -> dict[str, str]:
        """The fields of a urlencoded body; of a repeated one the last. `pairs` has them all. Raises Wrong."""
        data = dict(self.pairs())
        if check is not None:
            check(data, "")
        return data

    def pairs(self) -> list[tuple[str, str]]:
        if self.media_type != "application/x-www-form-urlencoded":
            raise Wrong("body", why="Content-Type must be application/x-www-form-urlencoded")
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def arg(self, name: str, default: str = "") -> str:
        """A query parameter."""
        return next((value for key, value in self.query if key == name), default)

    def shown(self) -> Any:
        """The body as a person reads it."""
        if self.parts:
            return {
                name: f"[file {part.name}, {part.media_type}, {len(part.content)} bytes]"
                if isinstance(part, File)
                else part
                for name, part in self.parts.items()
            }
        if not self.body:
            return ""
        if self.media_type == "application/x-www-form-urlencoded":
            return [list(pair) for pair in self.pairs()]
        try:
            return json.loads(self.body)
        except ValueError:
            return f"[{self.media_type or 'no content type'}, {len(self.body)} bytes]"


@dataclass(frozen=True, slots=True)
class Shelved:
    file: File
    until: int | None


class Simulator:
    """The base of a provider. Subclasses set `channel`, `schedule`, and write `routes`, `wrong`, `sign`, `says`."""

    channel: ClassVar[str] = ""
    schedule: ClassVar[Schedule] = Schedule()

    def __init__(
        self,
        *,
        clock: SandboxClock | None = None,
        http: Http | None = None,
        print: Callable[[str], None] | None = None,
        retry_factor: float = 1.0,
    ) -> None:
        self.clock = clock or SandboxClock()
        self.faults = Faults()
        self.received = Journal(print=print)
        self.delivered: list[Delivered] = []
        self.on_delivered: Callable[[Delivered], None] | None = None
        self.hooks = Deliverer(self.sign, self.again, self.schedule, http=http, clock=self.clock, factor=retry_factor)
        self.base_url = ""  # where it is reached, without a slash at the end; known once it is mounted
        self._shelf: dict[str, Shelved] = {}
        self._counter = itertools.count(1)
        self._routes = [
            (method, compile_path(path)[0], handler)
            for method, path, handler in [*self.routes(), ("GET", "/_files/{id}/{name}", self._file)]
        ]
        self._sockets = Router(self.sockets())

    # -- what a provider writes ----------------------------------------------------------------------------------------

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        """(method, path with {args}, handler)"""
        raise NotImplementedError

    def sockets(self) -> Sequence[BaseRoute]:
        """starlette WebSocketRoutes, for providers with sockets."""
        return ()

    def wrong(self, error: Wrong) -> Reply:
        """The provider's error body; `error.code` is what a fault asked for."""
        raise NotImplementedError

    def refused(self, status: int, code: str | int) -> Reply:
        """What `faults.refuse` answers; by default the provider's shape for Wrong("refused") with that status."""
        reply = self.wrong(Wrong("refused", why="the service refused", code=code))
        return Reply(status, reply.body, reply.media_type, reply.headers)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        """Headers of a webhook (content type included); attempt 0 is the first."""
        raise NotImplementedError

    def again(self, body: bytes, attempt: int) -> bytes:
        """What the provider changes in a body that it delivers again."""
        return body

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        """A customer writes: keeps it where history is asked for, delivers the webhook, gives the message's id."""
        raise NotImplementedError

    # -- what it is given ----------------------------------------------------------------------------------------------

    def next(self, prefix: str = "", width: int = 0) -> str:
        """An id that was not given before; the same in each run."""
        return f"{prefix}{next(self._counter):0{width}d}"

    def give(self, message: Delivered) -> None:
        """A customer got a message of ours."""
        self.delivered.append(message)
        if self.on_delivered is not None:
            self.on_delivered(message)

    def texts(self, to: str = "") -> list[str]:
        """What customers (this one) got from us, in order."""
        return [message.text for message in self.delivered if to in ("", message.to)]

    def bearer(self, call: Call, tokens: Sequence[str]) -> str:
        """The token of the call when it is one of ours. Raises Wrong("token")."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not any(secrets.compare_digest(token, one) for one in tokens):
            raise Wrong("token", why="the access token is invalid")
        return token

    def shelve(self, file: File, *, lasts_ms: int | None = None) -> str:
        """A URL of ours under which the file lies, until it expires by this simulator's clock."""
        id = secrets.token_hex(8)
        self._shelf[id] = Shelved(file, None if lasts_ms is None else self.clock() + lasts_ms)
        return f"{self.base_url}/_files/{id}/{file.name}"

    async def _file(self, call: Call) -> Reply:
        found = self._shelf.get(call.args["id"])
        if found is None or (found.until is not None and self.clock() >= found.until):
            return Reply(404, b"URL signature expired", "text/plain")
        return Reply(200, found.file.content, found.file.media_type)

    # -- the life of a call --------------------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            return
        try:
            call = await self._read(Request(scope, receive))
        except ClientDisconnect:
            return  # who asked hung up before it was asked
        faults = {fault.kind: fault for fault in self.faults.take(call.path)}
        if "delay" in faults:
            await asyncio.sleep(faults["delay"].seconds)
        if "cut" in faults:
            reply = None
        elif "storm" in faults:
            reply = self.wrong(Wrong("rate", why="too many requests", retry_after=faults["storm"].seconds))
        elif "refuse" in faults:
            reply = self.refused(faults["refuse"].status, faults["refuse"].code)
        else:
            reply = await self._answer(call)
        if "drop" in faults:
            reply = None
        self._note(call, reply)
        if reply is None:
            scope["state"]["line"].abort()
            return
        body = reply.body[: len(reply.body) // 2] if "truncate" in faults else reply.body
        await Response(body, reply.status, dict(reply.headers), reply.media_type or None)(scope, receive, send)

    async def _read(self, request: Request) -> Call:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES:
                break
        prefix = request.scope.get("root_path", "")
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(
            request.method,
            request.url.path.removeprefix(prefix) or "/",
            {},
            parse_qsl(request.url.query, keep_blank_values=True),
            headers,
            bytes(body),
        )
        if call.media_type == "multipart/form-data":
            call.parts = await _parts(request.scope, call.body)
        return call

    async def _answer(self, call: Call) -> Reply:
        try:
            handler = self._find(call)
            found = await handler(call)
        except Wrong as error:
            return self.wrong(error)
        return found if isinstance(found, Reply) else Reply.json(found)

    def _find(self, call: Call) -> Handler:
        other = False
        for method, pattern, handler in self._routes:
            match = pattern.match(call.path)
            if match is not None and method == call.method:
                call.args = match.groupdict()
                return handler
            other = other or match is not None
        raise Wrong("method" if other else "not_found", call.path, "there is no such thing here")

    def _note(self, call: Call, reply: Reply | None) -> None:
        status = reply.status if reply else 0
        shown = {name: value for name, value in call.headers.items() if name not in _DULL}
        self.received.hide(call.headers.get("authorization", "").partition(" ")[2])
        self.received.add(
            Received(self.channel, self.clock(), call.method, call.path, call.query, shown, call.shown(), status)
        )

    async def aclose(self) -> None:
        await self.hooks.aclose()


_DULL = ("host", "accept", "accept-encoding", "connection", "user-agent", "content-length")


async def _parts(scope: Scope, body: bytes) -> dict[str, File | str]:
    """Parts of a multipart body; of a repeated name the last."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    found: dict[str, File | str] = {}
    async with Request(scope, receive).form(max_part_size=BODY_BYTES) as form:
        for name, part in form.multi_items():
            if isinstance(part, UploadFile):
                found[name] = File(part.filename or "", await part.read(), part.content_type or "")
            else:
                found[name] = part
    return found
