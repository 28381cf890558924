"""Who may knock, how often and how much: origins, addresses behind proxies, token buckets, bodies with a cap."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TooLarge(Exception):
    """The body is over `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Raises ValueError naming what is no address or network."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def client_address(connection: HTTPConnection, trusted: Sequence[Network]) -> str:
    """The peer, or what the nearest trusted proxies say in X-Forwarded-For: the first hop from the right that is not theirs.

    IPv6 counts by /64, which is what one household has.
    """
    peer = connection.client.host if connection.client else ""
    hops = [hop.strip() for line in connection.headers.getlist("x-forwarded-for") for hop in line.split(",")]
    address = _parsed(peer)
    while address is not None and hops and any(address in network for network in trusted):
        nearer = _parsed(hops.pop())
        if nearer is None:
            break
        address = nearer
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address) if address is not None else "unknown"


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


def origin_allowed(origin: str | None, allowed: Sequence[str], own: str, *, empty: bool = False) -> bool:
    """`own` is the origin the request was sent to. `empty`: the answer when the list is empty and the origin is foreign.

    No Origin header means no browser script of another site; the tokens then decide alone.
    """
    if origin is None or origin == own:
        return True
    if not allowed:
        return empty
    return any(_matches(origin, pattern) for pattern in allowed)


def _matches(origin: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    wanted, given = urlsplit(pattern.rstrip("/").lower()), urlsplit(origin.lower())
    try:
        if wanted.scheme != given.scheme or wanted.port != given.port:
            return False
    except ValueError:
        return False
    host = wanted.hostname or ""
    if host.startswith("*."):
        return (given.hostname or "").endswith(host[1:])
    return host == given.hostname


def own_origin(connection: HTTPConnection, trusted: Sequence[Network]) -> str:
    """The origin of our own pages as the browser sees it; a trusted proxy may say that it speaks TLS."""
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    peer = _parsed(connection.client.host) if connection.client else None
    if peer is not None and any(peer in network for network in trusted):
        scheme = connection.headers.get("x-forwarded-proto", scheme).split(",")[0].strip()
    return f"{scheme}://{connection.headers.get('host', '')}"


def cors(origin: str | None) -> dict[str, str]:
    """Headers for an origin that was found allowed. No cookies are ever used, so no credentials are allowed."""
    if origin is None:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, x-file-name",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }


class Buckets:
    """Token buckets in memory, by key. `take` gives 0.0 or the seconds to wait."""

    def __init__(self, *, most: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._levels: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()
        self._most = most
        self._clock = clock

    def take(self, key: tuple[str, ...], *, per_minute: float, burst: float | None = None) -> float:
        """Take one of `per_minute`; up to `burst` (default: a third of a minute's, at least 3) at once."""
        size = burst if burst is not None else max(3.0, per_minute / 3)
        rate = max(per_minute, 0.001) / 60
        now = self._clock()
        level, at = self._levels.pop(key, (size, now))
        level = min(size, level + (now - at) * rate)
        wait = 0.0 if level >= 1 else (1 - level) / rate
        self._levels[key] = (level - 1 if level >= 1 else level, now)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return wait


async def capped(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body as it comes. Raises TooLarge as soon as it is over `limit`, by its own word or by count."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        raise TooLarge(limit)
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > limit:
            raise TooLarge(limit)
        if chunk:
            yield chunk


async def capped_body(request: Request, limit: int) -> bytes:
    return b"".join([chunk async for chunk in capped(request, limit)])


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What a raw event keeps of a webhook's headers: no cookies, no credentials, nothing of the hop."""
    dropped = {"cookie", "authorization", "proxy-authorization", "connection", "host", "content-length"}
    return {name.lower(): value for name, value in headers.items() if name.lower() not in dropped}
