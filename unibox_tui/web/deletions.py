"""POST /a/<app>/deletion: a network passes on that somebody wants to be erased; GET /a/<app>/deletion/<code> tells how far it is.

The request is durable before we answer. Its code follows from what was signed, so a repeat is the same request.
"""

from __future__ import annotations

import json
import logging

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from unibox_tui.connectors.errors import ConnectorError, Unparseable, WebhookForged
from unibox_tui.store import asked, raw_events
from unibox_tui.web import guards, pages, widget
from unibox_tui.web.edge import RETRY_SECONDS, Edge
from unibox_tui.web.inboxes import WebInbox
from unibox_tui.web.spool import SpoolFull

log = logging.getLogger(__name__)

MOST_BYTES = 65_536
SOUGHT = "Somebody asks through the network to be erased, and is being looked for."


class DeletionDoors:
    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/a/{app}/deletion", self.post, methods=["POST"]),
            Route("/a/{app}/deletion/{code}", self.status, methods=["GET"]),
        ]

    def _any_of(self, app: str) -> WebInbox | None:
        return next((one for one in self.edge.inboxes.of_app(app).values() if one.deletion is not None), None)

    async def post(self, request: Request) -> Response:
        app = request.path_params["app"]
        inbox = self._any_of(app)
        if inbox is None or inbox.deletion is None:
            return JSONResponse({"error": "no app of this name takes requests for deletion"}, 404)
        try:
            body = await guards.capped_body(request, MOST_BYTES)
            found = inbox.deletion(body)
        except guards.TooLarge as error:
            return JSONResponse({"error": f"larger than {error.limit} bytes"}, 413)
        except WebhookForged:
            await self.edge.count_forged(inbox)
            log.warning("App %s: a request for deletion with a wrong signature was refused.", app)
            return JSONResponse({"error": "the signature does not fit"}, 401)
        except Unparseable as error:
            log.warning("App %s: a signed request for deletion cannot be read: %s", app, error.message)
            return JSONResponse({"error": "the signed request cannot be read"}, 400)
        except ConnectorError as error:
            log.error("App %s cannot check requests for deletion: %s", app, error.message)
            return JSONResponse({"error": "this app cannot check signatures now"}, 503)
        code = found.key
        try:
            await self.edge.intake.take(
                inbox.id,
                raw_events.DELETION,
                json.dumps({"user": found.user}).encode(),
                state="quarantined",
                error=SOUGHT,
                id=code,
            )
        except (SpoolFull, OSError):
            return JSONResponse({"error": "try again"}, 503, {"Retry-After": str(RETRY_SECONDS)})
        base = self.edge.public_url or guards.own_origin(request, self.edge.trusted)
        return JSONResponse({"url": f"{base.rstrip('/')}/a/{app}/deletion/{code}", "confirmation_code": code})

    async def status(self, request: Request) -> Response:
        code = request.path_params["code"]
        fate = await self.edge.db.read(lambda db: asked.fate(db, code))
        language = widget.choose_language("", request.headers.get("accept-language", ""), "en")
        headers = {"Vary": "Accept-Language"}
        return HTMLResponse(pages.deletion(fate, code, language), 404 if fate is None else 200, headers)
