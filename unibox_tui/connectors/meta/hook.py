"""Meta's webhooks: the handshake, the signature, one address for all endpoints of an app."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import SecretOf
from unibox_tui.connectors.errors import Misconfigured, WebhookForged

HEADER = "x-hub-signature-256"


def verify(body: bytes, headers: Mapping[str, str], secret_of: SecretOf) -> None:
    secret = (secret_of("app_secret") or "").strip()
    if not secret:
        raise Misconfigured("The app's secret is not stored.", hint="`unibox inbox secret NAME app_secret` stores it.")
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not secrets.compare_digest(headers.get(HEADER, "").lower().encode(), right.encode()):
        raise WebhookForged("The signature is not of this app.")


def handshake(query: Mapping[str, str], secret_of: SecretOf) -> bytes:
    wanted = (secret_of("verify_token") or "").strip()
    given = query.get("hub.verify_token", "")
    fits = bool(wanted) and secrets.compare_digest(given.encode(), wanted.encode())
    if query.get("hub.mode") != "subscribe" or not fits:
        raise WebhookForged("The verify token is not ours.")
    return query.get("hub.challenge", "").encode()


def split(body: bytes) -> Sequence[tuple[str, bytes]]:
    """By the endpoint (`entry[].id`), several entries of one together; WhatsApp by the number inside."""
    data = reading.load(body, "The body from Meta")
    kind = reading.word(data, "object")
    parts: dict[str, list[object]] = {}
    for entry in reading.objects(data, "entry"):
        if kind != "whatsapp_business_account":
            parts.setdefault(reading.word(entry, "id"), []).append(entry)
            continue
        for change in reading.some(entry, "changes"):
            metadata = reading.maybe(reading.maybe(change, "value"), "metadata")
            number = reading.word(metadata, "phone_number_id")
            parts.setdefault(number, []).append({**entry, "changes": [change]})
    return [
        (address, json.dumps({"object": kind, "entry": entries}, ensure_ascii=False).encode())
        for address, entries in parts.items()
    ]
