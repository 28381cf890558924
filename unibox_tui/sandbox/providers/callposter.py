"""A simulated exchange that posts its calls in our own form, signed with the shared secret, and keeps recordings."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.sandbox.people import BAAN_MALI
from unibox_tui.sandbox.providers.base import Call, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Wrong
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule

FIELDS = frozenset(
    (
        "call_id", "direction", "state", "from", "to", "name", "extension", "agent", "rang", "hotline", "menu", "queue", "branch",
        "at", "started_at", "answered_at", "ended_at", "duration", "billsec", "waited", "hangup_cause", "recording_url", "tag",
    )
)  # fmt: skip


class CallPosterSim(Simulator):
    channel = "voice"
    schedule = Schedule(retries=(5.0, 30.0, 300.0))

    def __init__(self, secret: str = "sandbox-call-secret", hotline: str = "19000000", **kinds: Any) -> None:  # noqa: S107
        self.secret, self.hotline = secret, hotline
        super().__init__(**kinds)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [("GET", "/nothing", self._nothing)]

    async def _nothing(self, call: Call) -> Reply:
        return Reply(404, b"", "text/plain")

    def wrong(self, error: Wrong) -> Reply:
        return Reply(404, b"", "text/plain")

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        stamp = str(self.clock() // 1000)
        mac = hmac.new(self.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"content-type": "application/json", "x-unibox-timestamp": stamp, "x-unibox-signature": f"sha256={mac}"}

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        """A customer calls and is not answered; a file is what the answering machine took down."""
        call = self.next("pbx-")
        self.tells(call, guest, "ringing", extension="101")
        more: dict[str, Any] = {"recording_url": self.shelve(files[0], lasts_ms=3_600_000)} if files else {}
        self.tells(call, guest, "voicemail" if files else "missed", hangup_cause=16, **more)
        return call

    def tells(self, call: str, guest: Guest, state: str, **facts: Any) -> None:
        """One event about a call."""
        unknown = facts.keys() - FIELDS
        if unknown:
            raise ValueError(f"the form has no {sorted(unknown)}")
        said = {
            "call_id": call,
            "direction": "in",
            "state": state,
            "from": guest.phone or guest.id,
            "to": self.hotline,
            "name": guest.name,
            "at": self.clock(),
            **facts,
        }
        self.hooks.post(json.dumps(said, ensure_ascii=False).encode())


def demo() -> DemoChannel:
    """The Thai shop's exchange, which posts its calls. Customers ring and give up."""
    word, hotline = "demo-call-secret", "20000000"

    def recordings(base_url: str) -> Mapping[str, Any]:
        return {"recordings": [base_url]}

    return DemoChannel(
        "voice",
        lambda **kinds: CallPosterSim(word, hotline, **kinds),
        lambda customer: Guest(
            customer.email, customer.name, customer.language, phone=f"+1500558{customer.digits[-4:]:0>4}"
        ),
        (
            DemoInbox(
                "baan-mali-hotline",
                BAAN_MALI,
                "Baan Mali hotline",
                settings={"provider": "generic", "number": hotline},
                secrets={"secret": word},
            ),
        ),
        addresses=recordings,
        provider="generic",
    )
