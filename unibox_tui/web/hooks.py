"""Webhooks: /h/<inbox> for one inbox, /a/<app> for all inboxes of an app. The signature is checked over the raw bytes, the
event is made durable, then we answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from unibox_tui.connectors.errors import ConnectorError, Unparseable, WebhookForged, WebhookTried
from unibox_tui.web import guards
from unibox_tui.web.edge import RETRY_SECONDS, Edge
from unibox_tui.web.inboxes import WebInbox
from unibox_tui.web.spool import SpoolFull

log = logging.getLogger(__name__)

URL = "x-unibox-url"  # as the provider called it: some sign the address too
METHOD = "x-unibox-method"  # GET: the body is the query string
AT = "x-unibox-at"  # when it came, epoch ms
KEY = "key"  # a parameter that proves who posts, where nothing is signed


class HookDoors:
    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/h/{inbox}", self.post, methods=["POST"]),
            Route("/h/{inbox}", self.get, methods=["GET"]),
            Route("/a/{app}", self.post_for_app, methods=["POST"]),
            Route("/a/{app}", self.get_for_app, methods=["GET"]),
        ]

    async def post(self, request: Request) -> Response:
        # A paused inbox still takes what the provider would not send twice.
        inbox = self.edge.inboxes.get(request.path_params["inbox"])
        if inbox is None or inbox.verify is None:
            return _unknown()
        return await self._posted(request, inbox)

    async def post_for_app(self, request: Request) -> Response:
        inbox = self._any_of(request.path_params["app"])
        return _unknown() if inbox is None else await self._posted(request, inbox, split=True)

    async def get(self, request: Request) -> Response:
        inbox = self.edge.inboxes.get(request.path_params["inbox"])
        if inbox is None or inbox.verify is None:
            return _unknown()
        if inbox.handshake is not None:
            return self._shaken(request, inbox)
        return await self._taken(request, inbox, request.url.query.encode(), split=False)

    async def get_for_app(self, request: Request) -> Response:
        inbox = self._any_of(request.path_params["app"])
        if inbox is None or inbox.handshake is None:
            return _unknown()
        return self._shaken(request, inbox)

    def _any_of(self, app: str) -> WebInbox | None:
        return next((inbox for inbox in self.edge.inboxes.of_app(app).values() if inbox.verify is not None), None)

    def _shaken(self, request: Request, inbox: WebInbox) -> Response:
        assert inbox.handshake is not None
        try:
            return Response(inbox.handshake(dict(request.query_params)), media_type="text/plain")
        except WebhookForged:
            return JSONResponse({"error": "the verification does not fit"}, 403)
        except ConnectorError as error:
            log.error("Inbox %s cannot verify its webhook address: %s", inbox.name, error.message)
            return JSONResponse({"error": "this inbox cannot verify now"}, 503)

    async def _posted(self, request: Request, inbox: WebInbox, *, split: bool = False) -> Response:
        try:
            body = await guards.capped_body(request, self.edge.limits.hook_bytes)
        except guards.TooLarge as error:
            return JSONResponse({"error": f"larger than {error.limit} bytes"}, 413)
        return await self._taken(request, inbox, body, split=split)

    async def _taken(self, request: Request, inbox: WebInbox, body: bytes, *, split: bool) -> Response:
        added = {URL: self._url(request), METHOD: request.method}
        assert inbox.verify is not None
        try:
            inbox.verify(body, {**{name.lower(): value for name, value in request.headers.items()}, **added})
        except WebhookForged:
            await self.edge.count_forged(inbox)
            log.warning("Inbox %s: a webhook with a wrong signature was refused.", inbox.name)
            return JSONResponse({"error": "the signature does not fit"}, 401)
        except WebhookTried as error:
            log.warning("Inbox %s: what came was acknowledged and not read: %s", inbox.name, error.message)
            return Response()
        except ConnectorError as error:
            log.error("Inbox %s cannot check webhooks: %s", inbox.name, error.message)
            return JSONResponse({"error": "this inbox cannot check signatures now"}, 503)
        kept = {URL: _without_key(added[URL]), METHOD: request.method, AT: str(self.edge.clock())}
        headers = {**guards.kept_headers(request.headers), **kept}
        try:
            if split and inbox.split is not None:
                await self._parted(inbox, body, headers)
            else:
                await self.edge.intake.take(inbox.id, "webhook", body, headers)
        except (SpoolFull, OSError):
            return JSONResponse({"error": "try again"}, 503, {"Retry-After": str(RETRY_SECONDS)})
        content, media_type = inbox.answer
        return Response(content, media_type=media_type if content else None)

    async def _parted(self, inbox: WebInbox, body: bytes, headers: Mapping[str, str]) -> None:
        """Each part to the inbox it is for. What is for nobody we know is kept where a person looks."""
        assert inbox.split is not None
        known = self.edge.inboxes.of_app(inbox.app)
        try:
            parts = inbox.split(body)
        except Exception as error:
            # Whatever is wrong with it, it is kept and acknowledged: sent again it would be no better.
            reason = error.message if isinstance(error, Unparseable) else f"parting it failed: {type(error).__name__}"
            await self.edge.intake.take(inbox.id, "webhook", body, headers, state="quarantined", error=reason)
            return
        for address, part in parts:
            named = (address,) if isinstance(address, str) else address
            to = next((known[one] for one in named if one in known), None) if any(named) else inbox
            if to is not None:
                await self.edge.intake.take(to.id, "webhook", part, headers)
            else:
                reason = "It is for an address that no inbox of this app has."
                await self.edge.intake.take(inbox.id, "webhook", part, headers, state="quarantined", error=reason)

    def _url(self, request: Request) -> str:
        """The address as the provider called it: a reverse proxy hides it, so the configured one is believed."""
        base = self.edge.public_url or guards.own_origin(request, self.edge.trusted)
        query = f"?{request.url.query}" if request.url.query else ""
        return f"{base.rstrip('/')}{request.url.path}{query}"


def _without_key(url: str) -> str:
    """An address that is kept proves nothing."""
    if f"{KEY}=" not in url:
        return url
    parts = urlsplit(url)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != KEY]
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def _unknown() -> Response:
    return JSONResponse({"error": "no webhook inbox of this name"}, 404)
