"""Meta's webhooks: the handshake, the signature, one address for all endpoints of an app."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import SecretOf
from unibox_tui.connectors.deletions import Deletion
from unibox_tui.connectors.errors import Misconfigured, Unparseable, WebhookForged

HEADER = "x-hub-signature-256"
SIGNED = "signed_request"


def _app_secret(secret_of: SecretOf) -> bytes:
    secret = (secret_of("app_secret") or "").strip()
    if not secret:
        raise Misconfigured("The app's secret is not stored.", hint="`unibox inbox secret NAME app_secret` stores it.")
    return secret.encode()


def verify(body: bytes, headers: Mapping[str, str], secret_of: SecretOf) -> None:
    right = "sha256=" + hmac.new(_app_secret(secret_of), body, hashlib.sha256).hexdigest()
    if not secrets.compare_digest(headers.get(HEADER, "").lower().encode(), right.encode()):
        raise WebhookForged("The signature is not of this app.")


def handshake(query: Mapping[str, str], secret_of: SecretOf) -> bytes:
    wanted = (secret_of("verify_token") or "").strip()
    given = query.get("hub.verify_token", "")
    fits = bool(wanted) and secrets.compare_digest(given.encode(), wanted.encode())
    if query.get("hub.mode") != "subscribe" or not fits:
        raise WebhookForged("The verify token is not ours.")
    return query.get("hub.challenge", "").encode()


def deletion(body: bytes, secret_of: SecretOf) -> Deletion:
    """A form whose `signed_request` is SIGNATURE.PAYLOAD, both base64url; the signature is over the payload as it stands."""
    secret = _app_secret(secret_of)
    given = parse_qs(body.decode("ascii", "replace")).get(SIGNED, [""])[0]
    signature, _, payload = given.partition(".")
    right = hmac.new(secret, payload.encode(), hashlib.sha256).digest()
    try:
        fits = secrets.compare_digest(_unpacked(signature), right)
    except (ValueError, binascii.Error):
        fits = False
    if not payload or not fits:
        raise WebhookForged("The signed request is not of this app.")
    try:
        data = reading.load(_unpacked(payload), "The signed request from Meta")
    except (ValueError, binascii.Error):
        raise Unparseable("The signed request from Meta cannot be read.") from None
    user = reading.ident(data, "user_id")
    if not (user.isascii() and user.isdigit()):
        raise Unparseable("The signed request from Meta names nobody.")
    return Deletion(user, hashlib.sha256(right).hexdigest()[:32])


def _unpacked(text: str) -> bytes:
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


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
    return [(address, _part({"object": kind, "entry": entries})) for address, entries in parts.items()]


def _part(data: Mapping[str, object]) -> bytes:
    """As people read it; half a surrogate pair (a text that was cut inside an emoji) only fits escaped."""
    try:
        return json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(data).encode()
