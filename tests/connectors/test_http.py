"""The one way out: what is certain and what is not when the network fails, and what never appears in an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from unibox_tui.connectors.errors import Misconfigured, OutcomeUnknown, Transient, Unparseable
from unibox_tui.connectors.http import HttpClient

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def _never() -> None:
    raise AssertionError("nothing may leave")


class Leaving:
    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


async def test_an_answer_is_given_whatever_its_status() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _head(reader)
        writer.write(b'HTTP/1.1 404 Not Found\r\nX-Thing: a\r\nContent-Length: 27\r\n\r\n{"id": 9007199254740993001}')
        await writer.drain()
        writer.close()

    client = HttpClient()
    async with served(handler) as url:
        answer = await client.request("GET", f"{url}/x", params={"a": "1"})
    await client.aclose()
    assert (answer.status, answer.headers["x-thing"]) == (404, "a")
    assert answer.json() == {"id": 9007199254740993001}


@pytest.mark.parametrize("sends", [True, False])
async def test_a_connection_that_breaks_after_the_request_is_unknown_only_for_sends(sends: bool) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _head(reader)
        writer.close()

    client = HttpClient()
    leaving = Leaving()
    async with served(handler) as url:
        with pytest.raises(OutcomeUnknown if sends else Transient) as caught:
            await client.request(
                "POST", f"{url}/token-secret", json={"a": 1}, before_first_byte=leaving if sends else None
            )
    await client.aclose()
    assert "token-secret" not in caught.value.message
    assert leaving.times == int(sends)


async def test_silence_after_a_send_is_unknown() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _head(reader)
        await asyncio.sleep(5)

    client = HttpClient()
    async with served(handler) as url:
        with pytest.raises(OutcomeUnknown):
            await client.request("POST", url, json={}, timeout_s=0.2, before_first_byte=Leaving())
    await client.aclose()


async def test_nobody_there_is_certain_even_for_a_send() -> None:
    client = HttpClient()
    with pytest.raises(Transient):
        await client.request("POST", "http://127.0.0.1:1/x", json={}, before_first_byte=Leaving())
    await client.aclose()


async def test_a_wrong_address_sends_nothing() -> None:
    client = HttpClient()
    for url in ("not an address", "http://[::1", "gopher://x.example/"):
        with pytest.raises((Misconfigured, Transient)):
            await client.request("GET", url)
    with pytest.raises(Misconfigured):
        await client.request("POST", "http://[::1", before_first_byte=_never)
    await client.aclose()


async def test_a_body_over_the_limit_is_not_taken() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000)
        await writer.drain()
        writer.close()

    client = HttpClient()
    async with served(handler) as url:
        with pytest.raises(Unparseable, match="larger than 1000"):
            await client.request("GET", url, limit=1000)
    await client.aclose()
