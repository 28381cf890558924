"""How posts are signed, both ways: X-Unibox-Signature is `sha256=` and the HMAC of TIMESTAMP.BODY in hex."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from unibox_tui.connectors.errors import WebhookForged

TIMESTAMP, SIGNATURE, KEY = "X-Unibox-Timestamp", "X-Unibox-Signature", "Idempotency-Key"
TOLERANCE_S = 300
_HINT = "docs/channels/api.md shows how to sign."


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signed(secret: str, now_ms: int, body: bytes) -> dict[str, str]:
    """The headers that sign `body`."""
    timestamp = str(now_ms // 1000)
    return {TIMESTAMP: timestamp, SIGNATURE: signature(secret, timestamp, body)}


def verify(secret: str, now_ms: int, body: bytes, headers: Mapping[str, str]) -> None:
    """`headers` have lower-case names. Raises WebhookForged; its code is missing, stale or forged."""
    timestamp, given = headers.get(TIMESTAMP.lower(), ""), headers.get(SIGNATURE.lower(), "")
    if not timestamp or not given:
        raise WebhookForged(f"{TIMESTAMP} and {SIGNATURE} are needed.", code="missing_signature", hint=_HINT)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 13):
        raise WebhookForged(f"{TIMESTAMP} must be whole seconds since 1970.", code="stale", hint=_HINT)
    if abs(int(timestamp) - now_ms // 1000) > TOLERANCE_S:
        raise WebhookForged(
            f"{TIMESTAMP} is more than {TOLERANCE_S} seconds from now.", code="stale", hint="Is the clock right?"
        )
    if not hmac.compare_digest(signature(secret, timestamp, body).encode(), given.strip().lower().encode()):
        raise WebhookForged("The signature does not fit this body.", code="forged", hint=_HINT)
