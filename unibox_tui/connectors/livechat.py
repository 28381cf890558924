"""Live chat on our own widget. The store is the transport: a committed reply is sent, the visitor's browser acknowledges it.

What the web room saves as a raw event is one JSON object in UTF-8:

    {"type": "message", "visitor": …, "at": ms, "id": client id, "text": …, "files": [{sha256, name, media_type, size}],
     "person": {name, email, phone, language, verified, user}, "page": {url, title, referrer}}
    {"type": "profile", "visitor", "at", "person"}
    {"type": "ack" | "read", "visitor", "at", "n", "until"}      everything to the visitor up to message n, sent at `until`
    {"type": "left", "visitor", "at"}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from unibox_tui.connectors.contract import CheckReport, SecretOf, SendRequest, SendResult
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.settings import InboxSettings, setting
from unibox_tui.domain import hours
from unibox_tui.domain.inbound import (
    InboundAttachment,
    InboundEvent,
    MessageReceived,
    Person,
    ProfileSeen,
    Receipt,
    VisitorLeft,
)
from unibox_tui.domain.policy import Capabilities, SendRule
from unibox_tui.domain.words import DeliveryState, MessageKind

ASKABLE = ("name", "email", "phone")


@dataclass(frozen=True, kw_only=True)
class LivechatSettings(InboxSettings):
    SECRETS = ("identity_secret",)

    channel: str = setting("the kind of network", default="livechat")
    origins: tuple[str, ...] = setting(
        "sites that may show the widget, as scheme://host[:port]; `*.` before the host takes its subdomains; "
        '"*" any site; empty: only pages unibox serves itself',
        default=(),
        example=["https://shop-a.example"],
        ask=True,
    )
    greeting: str = setting("first line in the empty chat", default="", example="Chào bạn, shop giúp gì được ạ?")
    away_text: str = setting("said when nobody is there; empty: a polite line in the visitor's language", default="")
    ask: tuple[str, ...] = setting(
        "what a visitor is asked for before the first message: name, email, phone",
        default=(),
        example=["name", "email"],
    )
    ask_away: tuple[str, ...] = setting("asked in addition when nobody is there", default=("email",), example=["email"])
    hours: tuple[str, ...] = setting(
        "when the team answers; empty: always", default=(), example=["mon-fri 08:00-18:00", "sat 09:00-12:00"]
    )
    timezone: str = setting("of the hours", default="Asia/Ho_Chi_Minh", example="Asia/Bangkok")
    needs_agents: bool = setting("nobody is there unless an agent has the app open", default=True)
    text_limit: int = setting("longest message of a visitor, in characters", default=4000)
    attachment_limit: int = setting("largest file either way, in bytes; 0: no files", default=10_000_000)
    messages_per_minute: int = setting("of one visitor", default=30)
    address_messages_per_minute: int = setting("of all visitors behind one address", default=240)
    identity_required: bool = setting("only customers the site vouches for (identity_secret) may write", default=False)
    undo_send_seconds: float = setting("live chat sends at once", default=0.0)

    def __post_init__(self) -> None:
        for field, given in (("ask", self.ask), ("ask_away", self.ask_away)):
            if unknown := [what for what in given if what not in ASKABLE]:
                raise ValueError(f"{field}: a visitor is asked for {', '.join(ASKABLE)}, not {', '.join(unknown)}")
        try:
            for line in self.hours:
                hours.parse(line)
        except ValueError as error:
            raise ValueError(f"hours: {error}") from None
        try:
            hours.open_at(("mon 00:00-24:00",), self.timezone, 0)
        except ValueError as error:
            raise ValueError(f"timezone: {error}") from None
        for name in ("text_limit", "messages_per_minute", "address_messages_per_minute"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1 is needed")
        if self.attachment_limit < 0:
            raise ValueError("attachment_limit: 0 is the least; it means no files")


@dataclass(slots=True)
class LivechatConnector:
    name: str
    settings: LivechatSettings
    secret_of: SecretOf
    channel: str = "livechat"
    public_url: Callable[[], str] = str  # of the web edge; empty: there is none
    SAYS_ADDRESS: ClassVar[bool] = True

    def capabilities(self) -> Capabilities:
        limit = self.settings.attachment_limit
        kinds = ("text", "attachment") if limit else ("text",)
        return Capabilities(
            text_limit=20_000,
            attachments=bool(limit),
            attachment_limit=limit,
            typing=True,
            seen=True,
            receipts=("sent", "delivered", "read"),
            idempotent=True,
            starts=False,
            rules=(SendRule("always", None, kinds),),
            undo_send_ms=0,
            extra={"transport": "store"},
        )

    async def check(self) -> CheckReport:
        notes = [
            f'On the site: <script src="{self.public_url() or "https://YOUR-HOST"}/w/{self.name}.js" async></script>'
        ]
        ok = True
        if not self.settings.origins:
            notes.append("`origins` is empty: no site but unibox's own pages may show this widget.")
        if self.settings.identity_required and not self.secret_of("identity_secret"):
            ok = False
            notes.append("`identity_required` is set and there is no secret `identity_secret`.")
        return CheckReport(ok, address=self.name, notes=tuple(notes))

    async def send(self, request: SendRequest) -> SendResult:
        """The row is the message: the hub shows the visitor whatever the store calls sent."""
        return SendResult(request.client_ref, DeliveryState.SENT)

    async def aclose(self) -> None:
        return None

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        try:
            event = json.loads(body)
            kind, visitor, at = str(event["type"]), str(event["visitor"]), int(event["at"])
        except (ValueError, KeyError, TypeError) as error:
            raise Unparseable("Not an event of the chat widget.", code=type(error).__name__) from error
        try:
            if kind == "message":
                return (_message(event, visitor, at),)
            if kind == "profile":
                return (ProfileSeen(_person(event, visitor), at),)
            if kind in ("ack", "read"):
                state = DeliveryState.READ if kind == "read" else DeliveryState.DELIVERED
                until = int(event["until"])
                return (Receipt(state, at, person_address=visitor, until=until, extra={"n": int(event["n"])}),)
            if kind == "left":
                return (VisitorLeft(visitor, at),)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unparseable(f"The chat event {kind!r} lacks a field.", code=type(error).__name__) from error
        raise Unparseable(f"Unknown chat event {kind!r}.")


def provider_id(visitor: str, client_id: str) -> str:
    """A client's own id counts only within its visitor: nobody can collide with another's."""
    return f"{visitor}:{client_id}"


def _message(event: Mapping[str, Any], visitor: str, at: int) -> MessageReceived:
    files = tuple(
        InboundAttachment(
            name=str(file["name"]),
            media_type=str(file["media_type"]),
            size=int(file["size"]),
            sha256=str(file["sha256"]),
        )
        for file in event.get("files") or ()
    )
    page = event.get("page") or {}
    return MessageReceived(
        provider_id=provider_id(visitor, str(event["id"])),
        person=_person(event, visitor),
        sent_at=at,
        text=str(event["text"]),
        kind=MessageKind.CHAT,
        attachments=files,
        extra={"page": {key: str(value) for key, value in page.items()}} if page else {},
    )


def _person(event: Mapping[str, Any], visitor: str) -> Person:
    stated = event.get("person") or {}
    attributes = {"user": str(stated["user"])} if stated.get("user") else {}
    return Person(
        address=visitor,
        kind="visitor",
        name=str(stated.get("name") or ""),
        verified=bool(stated.get("verified")),
        language=stated.get("language") or None,
        email=stated.get("email") or None,
        phone=stated.get("phone") or None,
        attributes=attributes,
    )


def _claims(connector: LivechatConnector) -> None:
    from unibox_tui.connectors.contract import Connector, ParsesRaw

    _core: Connector = connector
    _parses: ParsesRaw = connector
