"""The one module that speaks HTTP to providers, and the only one that imports httpx.

Network errors become the tree of `connectors.errors` here: a connection that was never made is certain (Transient), one
that broke after a request that may make a message is not (OutcomeUnknown). Nothing of a URL, a header or a body is ever
in a message: they hold tokens and customers' words.
"""

from __future__ import annotations

import importlib.util
import logging
import ssl
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from unibox_tui.connectors.contract import Answer
from unibox_tui.connectors.errors import Misconfigured, OutcomeUnknown, Transient, Unparseable
from unibox_tui.domain.saying import say

# httpcore asks for this module at each request; where it is not, looking for it in vain takes longer than all else.
if importlib.util.find_spec("sniffio") is None:
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

# Both log addresses, and addresses hold tokens.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

CONNECT_S = 8.0
# Below what providers' servers keep idle connections open for: a send on one that they just closed is an unknown outcome.
KEEP_ALIVE_S = 3.0
REDIRECTS = 3

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class HttpClient:
    """`contract.Http` over one pool of connections. Close it with `aclose`."""

    def __init__(self, *, connections: int = 100) -> None:
        self._client = httpx.AsyncClient(
            limits=httpx.Limits(
                max_connections=connections, max_keepalive_connections=connections // 2, keepalive_expiry=KEEP_ALIVE_S
            ),
            headers={"User-Agent": "unibox"},
            verify=ssl.create_default_context(),
            max_redirects=REDIRECTS,
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        content: bytes | None = None,
        auth: tuple[str, str] | None = None,
        timeout_s: float = 20.0,
        limit: int = 8_000_000,
        redirects: bool = False,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        request = self._built(
            method, url, params, headers, json, form, files, content, httpx.Timeout(timeout_s, connect=CONNECT_S)
        )
        if before_first_byte is not None:
            await before_first_byte()
        makes = before_first_byte is not None
        try:
            answer = await self._client.send(request, stream=True, auth=auth, follow_redirects=redirects)
            try:
                body = await _capped(answer, limit)
            finally:
                await answer.aclose()
        except _NEVER_LEFT as error:
            raise Transient(
                say("{host} cannot be reached.", host=_host(request)),
                code=type(error).__name__,
                hint="Is the network up?",
            ) from None
        except httpx.HTTPError as error:
            if makes:
                raise OutcomeUnknown(
                    say("{host} was sent the message, and no answer came.", host=_host(request)),
                    code=type(error).__name__,
                ) from None
            raise Transient(say("{host} did not answer.", host=_host(request)), code=type(error).__name__) from None
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, names, body)

    def _built(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        json: Any,
        form: Mapping[str, str] | Sequence[tuple[str, str]] | None,
        files: Mapping[str, tuple[str, bytes, str]] | None,
        content: bytes | None,
        timeout: httpx.Timeout,
    ) -> httpx.Request:
        try:
            return self._client.build_request(
                method,
                url,
                # An empty mapping would take away the parameters that the URL has.
                params=params or None,
                headers=headers,
                json=json,
                data=_fields(form),
                files=files,
                content=content,
                timeout=timeout,
            )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError, UnicodeError):
            raise Misconfigured("This is no address of a web API.", hint="Look at the inbox's `api` setting.") from None

    async def aclose(self) -> None:
        await self._client.aclose()


def _fields(form: Mapping[str, str] | Sequence[tuple[str, str]] | None) -> dict[str, str | list[str]] | None:
    if form is None or isinstance(form, Mapping):
        return None if form is None else dict(form)
    fields: dict[str, str | list[str]] = {}
    for name, value in form:
        have = fields.setdefault(name, [])
        assert isinstance(have, list)
        have.append(value)
    return fields


async def _capped(answer: httpx.Response, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > limit:
            raise Unparseable(f"The answer is larger than {limit} bytes.", code="too_large")
        parts.append(part)
    return b"".join(parts)


def _host(request: httpx.Request) -> str:
    return request.url.host or "The provider"
