"""POST /c/<inbox>: what programs of the shop say, signed, once for each key.

Whoever is answered with {"ok": true} may forget what was posted: it is durable. What is wrong is said at once and nothing of it
is kept. The same Idempotency-Key with the same body gets the same answer, with another body 409.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from unibox_tui.connectors.errors import ConnectorError, Unparseable, WebhookForged
from unibox_tui.store import outside
from unibox_tui.store.database import Row
from unibox_tui.web import guards
from unibox_tui.web.edge import RETRY_SECONDS, Edge
from unibox_tui.web.inboxes import WebInbox
from unibox_tui.web.spool import SpoolFull

log = logging.getLogger(__name__)

KEY, LONGEST_KEY = "idempotency-key", 200
REMEMBER_S = 0.5


class SenderDoors:
    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    def routes(self) -> list[BaseRoute]:
        return [Route("/c/{inbox}", self.post, methods=["POST"])]

    async def post(self, request: Request) -> Response:
        # A paused inbox still takes what is posted: it is shown, and answered later.
        inbox = self.edge.inboxes.get(request.path_params["inbox"])
        if inbox is None or inbox.accept is None or inbox.verify is None:
            return _refused(404, "no_inbox", "No inbox of this name takes posts.")
        wait = self.edge.buckets.take(
            ("sender", inbox.name), per_minute=float(getattr(inbox.settings, "posts_per_minute", 1_200))
        )
        if wait:
            return _refused(429, "too_many", "Too many posts.", after=max(1, round(wait)))
        limit = int(getattr(inbox.settings, "size_limit", self.edge.limits.webhook_bytes))
        try:
            body = await guards.capped_body(request, min(limit, self.edge.limits.upload_bytes))
        except guards.TooLarge as error:
            return _refused(413, "too_large", f"Larger than {error.limit} bytes.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        refusal = await self._verified(inbox, body, headers)
        return refusal if refusal is not None else await self._taken(inbox, body, headers)

    async def _verified(self, inbox: WebInbox, body: bytes, headers: dict[str, str]) -> Response | None:
        assert inbox.verify is not None
        try:
            await asyncio.to_thread(inbox.verify, body, headers)
        except WebhookForged as error:
            await self.edge.count_forged(inbox)
            log.warning("Inbox %s: a post with a wrong signature was refused.", inbox.name)
            return _refused(401, error.code or "forged", error.message, error.hint)
        except ConnectorError as error:
            log.error("Inbox %s cannot check signatures: %s", inbox.name, error.message)
            return _refused(503, "no_secret", "This inbox cannot check signatures now.", after=RETRY_SECONDS)
        return None

    async def _taken(self, inbox: WebInbox, body: bytes, headers: dict[str, str]) -> Response:
        assert inbox.accept is not None
        key = headers.get(KEY, "").strip()
        if len(key) > LONGEST_KEY:
            return _refused(400, "bad_key", f"The Idempotency-Key is longer than {LONGEST_KEY} characters.")
        try:
            id = await asyncio.to_thread(inbox.accept, body, headers)
        except Unparseable as error:
            return _refused(400, "bad_request", error.message, "docs/channels/api.md lists the fields.")
        system, digest = f"inbox:{inbox.id}", hashlib.sha256(body).hexdigest()
        known = await self._known(system, key) if key else None
        if known is not None:
            if known["digest"] != digest:
                return _refused(409, "key_reused", "This Idempotency-Key came with another body before.")
            return JSONResponse({**json.loads(known["answer"]), "repeated": True})
        try:
            await self.edge.intake.take(inbox.id, "webhook", body, guards.kept_headers(headers))
        except (SpoolFull, OSError):
            return _refused(503, "try_again", "This cannot be kept now.", after=RETRY_SECONDS)
        answer = {"ok": True, "id": id}
        if key:
            await self._remember(system, key, digest, json.dumps(answer))
        return JSONResponse(answer)

    async def _known(self, system: str, key: str) -> Row | None:
        try:
            return await self.edge.db.read(lambda db: outside.answered(db, system, key))
        except Exception as error:
            # sqlite3's errors have no name in this room. A repeat makes no second message, so it is taken all the same.
            log.warning("an earlier answer cannot be looked up: %s", type(error).__name__)
            return None

    async def _remember(self, system: str, key: str, digest: str, answer: str) -> None:
        """The event is safe already, and a repeat of it makes no second message: this only keeps the answer the same, so
        a store that is busy is not waited for."""
        writing = asyncio.ensure_future(
            self.edge.db.write(lambda tx: outside.remember(tx, system, key, digest, 200, answer))
        )
        writing.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait({writing}, timeout=REMEMBER_S)


def _refused(status: int, code: str, message: str, hint: str = "", *, after: int = 0) -> Response:
    headers = {"Retry-After": str(after)} if after else {}
    return JSONResponse({"ok": False, "error": {"code": code, "message": message, "hint": hint}}, status, headers)
