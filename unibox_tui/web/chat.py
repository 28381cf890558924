"""The live chat's doors: the script, the socket, the long poll for where sockets break, files up and down, the demo page."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import tempfile
from typing import Any
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from unibox_tui.connectors.livechat import LivechatSettings
from unibox_tui.store.livechat import file_of
from unibox_tui.text.safe import safe_filename
from unibox_tui.web import guards, pages, widget
from unibox_tui.web.edge import Edge
from unibox_tui.web.hub import Hub
from unibox_tui.web.inboxes import WebInbox
from unibox_tui.web.tokens import Visitor
from unibox_tui.web.visits import TurnedAway, Visit

PING_EVERY = 25.0
SILENT_FOR = 70.0
HELLO_WITHIN = 10.0
POLL_HOLDS = 20.0
FRAME_BYTES = 64_000
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,80}")

log = logging.getLogger(__name__)


class ChatDoors:
    def __init__(self, edge: Edge, hub: Hub) -> None:
        self.edge = edge
        self.hub = hub

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/w/{inbox}.js", self.script, methods=["GET"]),
            WebSocketRoute("/w/{inbox}/socket", self.socket),
            Route("/w/{inbox}/poll", self.poll, methods=["POST", "OPTIONS"]),
            Route("/w/{inbox}/file", self.upload, methods=["POST", "OPTIONS"]),
            Route("/w/{inbox}/file/{id}", self.download, methods=["GET", "OPTIONS"]),
            Route("/demo/{inbox}", self.demo, methods=["GET"]),
        ]

    def _inbox(self, connection: Request | WebSocket) -> tuple[WebInbox, LivechatSettings]:
        return self.edge.inbox(connection.path_params["inbox"], "livechat", LivechatSettings)

    # -- the script ------------------------------------------------------------------------------------------------

    async def script(self, request: Request) -> Response:
        inbox, settings = self._inbox(request)
        language = widget.choose_language(
            request.query_params.get("lang", ""), request.headers.get("accept-language", ""), settings.language
        )
        content, tag = widget.script(inbox, settings, language)
        headers = {
            "ETag": tag,
            "Cache-Control": "public, max-age=300",
            "Vary": "Accept-Language",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="text/javascript; charset=utf-8", headers=headers)

    async def demo(self, request: Request) -> Response:
        if not self.edge.demo:
            raise HTTPException(404, "The demo page is off.")
        inbox, settings = self._inbox(request)
        return HTMLResponse(pages.demo(inbox, settings), headers={"Content-Security-Policy": pages.DEMO_CSP})

    # -- the socket ------------------------------------------------------------------------------------------------

    async def socket(self, socket: WebSocket) -> None:
        try:
            inbox, settings = self._inbox(socket)
            self.edge.origin_of(socket, settings.origins)
        except HTTPException:
            await socket.close()  # before accepting: a plain 403
            return
        await socket.accept()
        visit = None
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                hello = await _frame(socket)
            if hello.get("t") != "hello":
                raise TurnedAway("bad")
            visit = await self.hub.enter(inbox, settings, hello, self.edge.address(socket))
            await self._converse(socket, visit)
        except TurnedAway as error:
            await _send(socket, error.frame)
            await _close(socket, 1013 if error.wait else 1008)
        except (WebSocketDisconnect, TimeoutError):
            await _close(socket, 1000)
        except ValueError:
            await _close(socket, 1007)
        finally:
            if visit is not None:
                self.hub.leave(visit)

    async def _converse(self, socket: WebSocket, visit: Visit) -> None:
        speaking = asyncio.create_task(self._speak(socket, visit))
        listening = asyncio.create_task(self._listen(socket, visit))
        try:
            done, _ = await asyncio.wait({speaking, listening}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (speaking, listening):
                task.cancel()
            await asyncio.gather(speaking, listening, return_exceptions=True)

    async def _speak(self, socket: WebSocket, visit: Visit) -> None:
        while not visit.closed:
            try:
                async with asyncio.timeout(PING_EVERY):
                    await visit.news.wait()
            except TimeoutError:
                visit.push({"t": "ping"})
            for frame in visit.take_waiting():
                await _send(socket, frame)
        await _close(socket, 1012)

    async def _listen(self, socket: WebSocket, visit: Visit) -> None:
        while True:
            async with asyncio.timeout(SILENT_FOR):
                frame = await _frame(socket)
            wait = self.edge.buckets.take(
                ("frames", str(id(visit))), per_minute=self.edge.limits.frames_per_minute, burst=120
            )
            if wait:
                raise TurnedAway("slow", wait)
            await self.hub.hear(visit, frame)

    # -- the long poll -----------------------------------------------------------------------------------------------

    async def poll(self, request: Request) -> Response:
        """{"hello": …} or {"session": …}, and "frames": […] -> {"session", "frames"}; held until there is something."""
        inbox, settings = self._inbox(request)
        headers = guards.cors(self.edge.origin_of(request, settings.origins))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        try:
            asked = json.loads(await guards.capped_body(request, FRAME_BYTES * 4))
            frames = asked.get("frames") or []
            if not isinstance(frames, list) or not all(isinstance(frame, dict) for frame in frames):
                raise ValueError("frames")
        except (ValueError, AttributeError, RecursionError, guards.TooLarge) as error:
            raise HTTPException(400, "A poll is a JSON object with `hello` or `session`, and `frames`.") from error
        session = str(asked.get("session") or "")
        visit = self.hub.poll(session, inbox) if session else None
        try:
            if visit is None:
                if not isinstance(asked.get("hello"), dict):
                    return JSONResponse({"session": "", "frames": []}, headers=headers)
                visit = await self.hub.enter(inbox, settings, asked["hello"], self.edge.address(request))
                session = self.hub.keep_poll(visit)
        except TurnedAway as error:
            return JSONResponse({"session": "", "frames": [error.frame]}, headers=headers)
        for frame in frames[:50]:
            wait = self.edge.buckets.take(
                ("frames", str(id(visit))), per_minute=self.edge.limits.frames_per_minute, burst=120
            )
            if wait:
                visit.push({"t": "no", "code": "slow", "wait": round(wait, 1)})
                break
            await self.hub.hear(visit, frame)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_HOLDS):
                await visit.news.wait()
        return JSONResponse(
            {"session": "" if visit.closed else session, "frames": visit.take_waiting()}, headers=headers
        )

    # -- files -------------------------------------------------------------------------------------------------------

    def _bearer(self, request: Request, inbox: WebInbox) -> Visitor:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = self.edge.tokens.read_visitor(inbox.name, token, self.edge.clock()) if scheme == "Bearer" else None
        if known is None:
            raise HTTPException(401, "The visitor's token is missing, expired or not ours.")
        return known[0]

    async def upload(self, request: Request) -> Response:
        """The body is the file; answers {"ref"}, which this visitor may name in one of the next messages."""
        inbox, settings = self._inbox(request)
        headers = guards.cors(self.edge.origin_of(request, settings.origins))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        visitor = self._bearer(request, inbox)
        if not settings.attachment_limit:
            return JSONResponse({"code": "no_files"}, 403, headers)
        per_minute = self.edge.limits.uploads_per_minute
        wait = self.edge.buckets.take(("file", visitor.id), per_minute=per_minute, burst=10) or self.edge.buckets.take(
            ("files", self.edge.address(request)), per_minute=per_minute * 5, burst=50
        )
        if wait:
            return JSONResponse({"code": "slow", "wait": round(wait, 1)}, 429, headers)
        media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        try:
            sha256, size = await receive_file(
                self.edge, request, min(settings.attachment_limit, self.edge.limits.upload_bytes)
            )
        except guards.TooLarge as error:
            return JSONResponse({"code": "big", "limit": error.limit}, 413, {**headers, "Connection": "close"})
        if not size:
            return JSONResponse({"code": "empty"}, 400, headers)
        file = {
            "sha256": sha256,
            "name": safe_filename(unquote(request.headers.get("x-file-name", ""))[:300]),
            "media_type": media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream",
            "size": size,
        }
        reference = self.edge.tokens.upload(inbox.name, visitor, file, self.edge.clock())
        return JSONResponse({"ref": reference, "name": file["name"], "size": size}, headers=headers)

    async def download(self, request: Request) -> Response:
        inbox, settings = self._inbox(request)
        headers = guards.cors(self.edge.origin_of(request, settings.origins))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        visitor = self._bearer(request, inbox)
        wanted = request.path_params["id"]
        file = await self.edge.db.read(lambda db: file_of(db, inbox.id, visitor.id, wanted))
        if file is None or not await asyncio.to_thread((path := self.edge.media.path(file.sha256)).is_file):
            return JSONResponse({"code": "not_found"}, 404, headers)
        headers |= {"Cache-Control": "private, no-store", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return FileResponse(
            path,
            media_type="application/octet-stream",
            filename=safe_filename(file.name),
            content_disposition_type="attachment",
            headers=headers,
        )


async def receive_file(edge: Edge, request: Request, limit: int) -> tuple[str, int]:
    """Stream the body to disk, then into the media store: (hash, size). Raises TooLarge."""
    with tempfile.TemporaryFile(dir=edge.intake.spool.folder) as file:
        async for chunk in guards.capped(request, limit):
            await asyncio.to_thread(file.write, chunk)

        def keep() -> tuple[str, int]:
            file.seek(0)
            data = file.read()
            return edge.media.put(data) if data else ("", 0)

        return await asyncio.to_thread(keep)


async def _frame(socket: WebSocket) -> dict[str, Any]:
    """The next frame. Raises WebSocketDisconnect, or ValueError for what is no JSON object."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if text is None or len(text) > FRAME_BYTES:
        raise ValueError("a frame is text")
    try:
        frame = json.loads(text)
    except RecursionError:
        raise ValueError("a frame is not that deep") from None
    if not isinstance(frame, dict):
        raise ValueError("a frame is an object")
    return frame


async def _send(socket: WebSocket, frame: dict[str, Any]) -> None:
    await socket.send_text(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))


async def _close(socket: WebSocket, code: int) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
        await socket.close(code)
