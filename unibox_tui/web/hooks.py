"""POST /h/<inbox>: webhooks. The signature is checked over the raw bytes, the event is made durable, then we answer."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from unibox_tui.connectors.errors import ConnectorError, WebhookForged
from unibox_tui.web import guards
from unibox_tui.web.edge import RETRY_SECONDS, Edge
from unibox_tui.web.spool import SpoolFull

log = logging.getLogger(__name__)


class HookDoors:
    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    def routes(self) -> list[BaseRoute]:
        return [Route("/h/{inbox}", self.post, methods=["POST"])]

    async def post(self, request: Request) -> Response:
        # A paused inbox still takes what the provider would not send twice.
        inbox = self.edge.inboxes.get(request.path_params["inbox"])
        if inbox is None or inbox.verify is None:
            return JSONResponse({"error": "no webhook inbox of this name"}, 404)
        try:
            body = await guards.capped_body(request, self.edge.limits.webhook_bytes)
        except guards.TooLarge as error:
            return JSONResponse({"error": f"larger than {error.limit} bytes"}, 413)
        headers = guards.kept_headers(request.headers)
        try:
            inbox.verify(body, headers)
        except WebhookForged:
            await self.edge.count_forged(inbox)
            log.warning("Inbox %s: a webhook with a wrong signature was refused.", inbox.name)
            return JSONResponse({"error": "the signature does not fit"}, 401)
        except ConnectorError as error:
            log.error("Inbox %s cannot check webhooks: %s", inbox.name, error.message)
            return JSONResponse({"error": "this inbox cannot check signatures now"}, 503)
        try:
            await self.edge.intake.take(inbox.id, "webhook", body, headers)
        except (SpoolFull, OSError):
            return JSONResponse({"error": "try again"}, 503, {"Retry-After": str(RETRY_SECONDS)})
        return Response(status_code=200)
