"""POST /api/contacts and /api/orders: what a CRM, POS or carrier says, with a token of its own.

What is answered with success is in the store. The same Idempotency-Key gets the same answer; a system's own numbers make
repeats harmless too. A person's word is never overwritten: the answer names the fields that were kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from unibox_tui.domain.errors import Conflict, NotFound, Refused, UniboxError, WrongUse
from unibox_tui.domain.fields import FieldRule
from unibox_tui.store import outside, outside_reading
from unibox_tui.store.database import Tx
from unibox_tui.web import guards
from unibox_tui.web.edge import Edge

log = logging.getLogger(__name__)

PER_MINUTE = 600.0
LONGEST_KEY = 200
_STATUS: tuple[tuple[type[UniboxError], int], ...] = ((NotFound, 404), (Conflict, 409), (Refused, 403), (WrongUse, 400))


@dataclass(frozen=True, slots=True)
class ApiSystem:
    """Who may write what; `shop` is that of orders that name none."""

    name: str
    token: str
    shop: str
    contacts: bool = True
    orders: bool = True


@dataclass(frozen=True, slots=True)
class ApiSettings:
    systems: tuple[ApiSystem, ...] = ()
    rules: Mapping[str, FieldRule] = field(default_factory=dict)
    region: str = "VN"


class _Refusal(Exception):
    def __init__(self, status: int, message: str, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.hint, self.code = status, message, hint, code


class ApiDoors:
    """`settings` is asked for each request; it may look tokens up."""

    def __init__(self, edge: Edge, settings: Callable[[], Awaitable[ApiSettings]]) -> None:
        self.edge = edge
        self.settings = settings

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/contacts", self.contacts, methods=["POST"]),
            Route("/api/orders", self.orders, methods=["POST"]),
        ]

    async def contacts(self, request: Request) -> Response:
        return await self._taken(request, "contacts")

    async def orders(self, request: Request) -> Response:
        return await self._taken(request, "orders")

    async def _taken(self, request: Request, what: str) -> Response:
        try:
            status, answer = await self._take(request, what)
            return Response(answer, status, media_type="application/json")
        except _Refusal as refused:
            return _error(refused.status, refused.message, refused.hint, refused.code)
        except UniboxError as error:
            status = next((number for kind, number in _STATUS if isinstance(error, kind)), 500)
            return _error(status, error.message, error.hint, error.code)

    async def _take(self, request: Request, what: str) -> tuple[int, str]:
        settings = await self.settings()
        system = self._who(request, settings)
        if not getattr(system, what):
            raise _Refusal(403, f"This system may not write {what}.", f"{what} = true under [systems.{system.name}]")
        wait = self.edge.buckets.take(("api", system.name), per_minute=PER_MINUTE)
        if wait:
            raise _Refusal(429, "Too many requests.", f"Again in {max(1, round(wait))} s.")
        try:
            body = await guards.capped_body(request, self.edge.limits.webhook_bytes)
        except guards.TooLarge as error:
            raise _Refusal(413, f"Larger than {error.limit} bytes.") from None
        try:
            said = json.loads(body)
            json.dumps(said, ensure_ascii=False).encode()  # half of a surrogate pair fits no file
        except (ValueError, RecursionError):
            raise _Refusal(400, "The body is not JSON.", code="not_json") from None
        key = request.headers.get("idempotency-key", "").strip()
        if len(key) > LONGEST_KEY:
            raise _Refusal(400, f"The Idempotency-Key is longer than {LONGEST_KEY} characters.")
        digest = hashlib.sha256(what.encode() + b"\0" + body).hexdigest()
        put = self._contact if what == "contacts" else self._order
        work = put(system, settings, said)

        def write(tx: Tx) -> tuple[int, str]:
            known = outside.answered(tx.db, system.name, key) if key else None
            if known is not None:
                if known["digest"] != digest:
                    raise _Refusal(409, "This Idempotency-Key came with another body before.", code="key_reused")
                return int(known["status"]), str(known["answer"])
            outcome = work(tx)
            status = 201 if outcome.what == "created" else 200
            answer = json.dumps(outcome.as_json(), ensure_ascii=False)
            if key:
                outside.remember(tx, system.name, key, digest, status, answer)
            return status, answer

        return await self.edge.db.write(write)

    def _who(self, request: Request, settings: ApiSettings) -> ApiSystem:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip().encode() if scheme.lower() == "bearer" else b""
        found = None
        for system in settings.systems:
            if system.token and hmac.compare_digest(system.token.encode(), given):
                found = system
        if found is None:
            address = self.edge.address(request)
            if self.edge.buckets.take(("api-refused", address), per_minute=30):
                raise _Refusal(429, "Too many requests with a wrong token.")
            log.warning("a request to the API with a wrong token was refused")
            raise _Refusal(401, "The token is missing or wrong.", "Authorization: Bearer TOKEN", "unauthorized")
        return found

    def _contact(self, system: ApiSystem, settings: ApiSettings, said: Any) -> Callable[[Tx], outside.Outcome]:
        given = outside_reading.contact(said, settings.rules)
        return lambda tx: outside.put_contact(tx, system.name, given, region=settings.region, rules=settings.rules)

    def _order(self, system: ApiSystem, settings: ApiSettings, said: Any) -> Callable[[Tx], outside.Outcome]:
        given = outside_reading.order(said, system.shop)
        return lambda tx: outside.put_order(tx, system.name, given, region=settings.region)


def _error(status: int, message: str, hint: str = "", code: str = "") -> JSONResponse:
    headers = {"Retry-After": "5"} if status == 429 else {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse({"error": {"message": message, "hint": hint, "code": code}}, status, headers)
