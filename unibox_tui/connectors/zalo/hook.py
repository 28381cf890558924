"""Zalo's webhooks: one address for all accounts of an app, signed with a secret over the raw body and its own time."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import SecretOf
from unibox_tui.connectors.errors import Unparseable, WebhookForged, WebhookTried

HEADER = "x-zevent-signature"


def verify(body: bytes, headers: Mapping[str, str], secret_of: SecretOf, app_id: str) -> None:
    """SHA-256 over app id, body, the body's `timestamp` and the secret of the webhook page; some accounts are said to sign
    with the app's secret. The time is not looked at: Zalo repeats for two hours, and a repeat is harmless."""
    stored, app_secret = ((secret_of(name) or "").strip() for name in ("oa_secret", "app_secret"))
    if not stored:
        # Zalo shows the secret only after it has tried the address; what is missed meanwhile is in the history.
        raise WebhookTried("The webhook's secret is not stored yet.", hint="`unibox inbox secret NAME oa_secret`.")
    given = headers.get(HEADER, "").strip()
    given = given.partition("=")[2] if given.lower().startswith("mac") else given
    given = given.strip().lower()
    try:
        data = reading.load(body, "The body from Zalo")
    except Unparseable:
        data = {}
    at = data.get("timestamp")
    stamp = at if isinstance(at, str) else json.dumps(at) if at is not None else ""
    app = app_id or reading.word(data, "app_id")
    fits = False
    for secret in filter(None, (stored, app_secret)):
        right = hashlib.sha256(app.encode() + body + stamp.encode("utf-8", "replace") + secret.encode()).hexdigest()
        fits = secrets.compare_digest(given.encode("utf-8", "replace"), right.encode()) or fits
    if not fits:
        raise WebhookForged("The signature is not of this app.")


def split(body: bytes) -> Sequence[tuple[str | tuple[str, ...], bytes]]:
    """An event is of one account: the one it names, or whichever of sender and recipient is one."""
    data = reading.load(body, "The body from Zalo")
    named = (
        reading.word(data, "oa_id"),
        *(reading.word(reading.maybe(data, key), "id") for key in ("recipient", "sender")),
    )
    return [(tuple(dict.fromkeys(one for one in named if one)), body)]
