"""GET /m/<token>/<name>: files of our answers, for providers that fetch what we send instead of taking it."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from unibox_tui.web.edge import Edge
from unibox_tui.web.tokens import read_file_link


class FileDoors:
    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    def routes(self) -> list[BaseRoute]:
        return [Route("/m/{token}/{name}", self.get, methods=["GET"])]  # HEAD comes with GET

    async def get(self, request: Request) -> Response:
        found = read_file_link(self.edge.tokens, request.path_params["token"], self.edge.clock())
        path = self.edge.media.path(found[0]) if found is not None else None
        if found is None or path is None or not await asyncio.to_thread(path.is_file):
            return JSONResponse({"error": "there is no such file, or not any more"}, 404)
        return FileResponse(
            path,
            media_type=found[1],
            headers={"Content-Disposition": "attachment", "Cache-Control": "private, max-age=3600"},
        )
