"""Calls that an exchange posts to us in our own form, signed with a shared secret (docs/channels/voice.md)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.contract import CheckReport, SecretOf, SendRequest, SendResult, Tools
from unibox_tui.connectors.errors import (
    CredentialsRejected,
    SendRejected,
    Transient,
    Unparseable,
    WebhookForged,
)
from unibox_tui.connectors.voice import generic_parse as parsing
from unibox_tui.connectors.voice.settings import VoiceSettings
from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import say

SIGNATURE, TIMESTAMP = "x-unibox-signature", "x-unibox-timestamp"
CLOCKS_DIFFER_MS = 300_000


class GenericConnector:
    channel = "voice"

    def __init__(self, name: str, settings: VoiceSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name = name
        self.settings = settings
        self.secret_of = secret_of
        self.tools = tools

    def capabilities(self) -> Capabilities:
        return policy.capabilities("voice", starts=False, undo_send_ms=0)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Over the time and the body; a body that is older than five minutes is not taken again."""
        secret = (self.secret_of("secret") or "").strip()
        if not secret:
            raise CredentialsRejected(
                "No secret is stored.",
                hint=say("`unibox inbox secret {name} secret`, and the same at the exchange.", name=self.name),
            )
        stamp = headers.get(TIMESTAMP, "")
        wanted = signature(secret, stamp, body)
        if not hmac.compare_digest(wanted.encode(), headers.get(SIGNATURE, "").encode("utf-8", "replace")):
            raise WebhookForged("The signature does not fit.")
        at = int(stamp) * 1000 if stamp.isascii() and stamp.isdigit() and len(stamp) < 12 else 0
        if abs(self.tools.now() - at) > CLOCKS_DIFFER_MS:
            raise WebhookForged("The time of the event is not now.")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parsing.events(body, self.settings.region, self.settings.agents)

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        url = reading.ident(remote, "url")
        try:
            parts = urlsplit(url)
        except ValueError:
            raise Unparseable("This is no address of a recording.") from None
        allowed = any(url.startswith(base) and base for base in self.settings.recordings)
        if parts.scheme != "https" and not allowed:
            raise Unparseable(
                "The recording lies at an address without https that `recordings` of the inbox does not name."
            )
        answer = await self.tools.http.request("GET", url, limit=limit, redirects=True)
        if answer.status >= 500 or answer.status == 429:
            raise Transient("The exchange has an error of its own.", code=str(answer.status))
        if answer.status != 200:
            raise Unparseable("The exchange does not have this recording any more.", code=str(answer.status))
        return answer.body

    async def send(self, request: SendRequest) -> SendResult:
        raise SendRejected(
            "This inbox only hears of calls.", code="no_calls", hint="Call from your own phone; :log writes it down."
        )

    async def check(self) -> CheckReport:
        if not (self.secret_of("secret") or "").strip():
            return CheckReport(False, notes=(f"`unibox inbox secret {self.name} secret` stores the shared secret.",))
        if not self.tools.public_url:
            note = "Without an address of ours nothing can be posted: set [web] public_url, or serve on the exchange's network."
            return CheckReport(False, address=self.settings.number, notes=(note,))
        return CheckReport(
            True, address=self.settings.number, notes=(f"The exchange posts its calls to {self.tools.public_url}",)
        )

    async def aclose(self) -> None:
        return None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode("utf-8", "replace") + b"." + body, hashlib.sha256).hexdigest()  # fmt: skip


def _claims(connector: GenericConnector) -> None:
    from unibox_tui.connectors import contract

    _core: contract.Connector = connector
    _parses: contract.ParsesRaw = connector
    _verifies: contract.VerifiesWebhooks = connector
    _media: contract.FetchesMedia = connector
