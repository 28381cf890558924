"""Posted web forms. A form is read here and answered elsewhere: by mail, telephone or whatever the person stated.

What the web room saves as a raw event is one JSON object in UTF-8:

    {"type": "form", "id": submission id, "at": ms, "fields": [[name, value], …] as posted, in order,
     "files": [{sha256, name, media_type, size}], "page": …, "referrer": …, "signed": bool}
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from unibox_tui.connectors.contract import CheckReport, SecretOf, SendRequest, SendResult
from unibox_tui.connectors.errors import SendRejected, Unparseable
from unibox_tui.connectors.settings import InboxSettings, setting
from unibox_tui.domain.inbound import InboundAttachment, InboundEvent, MessageReceived, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import MessageKind

KNOWN = ("name", "email", "phone", "message", "subject", "order", "language")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]]+@[^\s@<>,;:\"()\[\]]+\.[^\s@<>,;:\"()\[\]]+")


@dataclass(frozen=True, kw_only=True)
class FormSettings(InboxSettings):
    SECRETS = ("signing_secret",)

    channel: str = setting("the kind of network", default="form")
    origins: tuple[str, ...] = setting(
        "sites whose pages may post, as scheme://host[:port]; empty: any",
        default=(),
        example=["https://shop-a.example"],
    )
    fields: Mapping[str, str] = setting(
        "our name of a field (name, email, phone, message, subject, order, language) -> the form's; "
        "what is not listed goes by our name, every other field is kept and shown",
        default={},
        example={"name": "your-name", "message": "noi-dung"},
    )
    required: tuple[str, ...] = setting("fields that must not be empty, by our names", default=("message",))
    redirect: str = setting(
        "page a browser is sent to afterwards; empty: a short thank-you",
        default="",
        example="https://shop-a.example/thanks",
    )
    honeypot: str = setting("a field people do not see and robots fill in; empty: none", default="website")
    started_field: str = setting("hidden field with the epoch ms at which the form was shown", default="_started")
    min_seconds: float = setting("a form sent sooner after `started_field` is refused", default=2.0)
    posts_per_minute: int = setting("from one address", default=6)
    repeat_minutes: float = setting("the same fields within this time are one submission", default=10.0)
    size_limit: int = setting("largest post in bytes, files included", default=10_000_000)
    files: bool = setting("take files", default=True)
    signed_only: bool = setting("refuse posts without our signature (signing_secret)", default=False)
    undo_send_seconds: float = setting("a form sends nothing", default=0.0)

    def __post_init__(self) -> None:
        for field, given in (("fields", self.fields), ("required", self.required)):
            if unknown := sorted(set(given) - set(KNOWN)):
                raise ValueError(f"{field}: our names are {', '.join(KNOWN)}; not {', '.join(unknown)}")
        if self.redirect and not self.redirect.startswith(("https://", "http://", "/")):
            raise ValueError("redirect: write a whole address, as https://shop-a.example/thanks")
        for name in ("posts_per_minute", "size_limit"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1 is needed")


@dataclass(slots=True)
class FormConnector:
    name: str
    settings: FormSettings
    secret_of: SecretOf
    channel: str = "form"
    public_url: Callable[[], str] = str  # of the web edge; empty: there is none
    SAYS_ADDRESS: ClassVar[bool] = True

    def capabilities(self) -> Capabilities:
        return Capabilities(subject=True, rules=(), undo_send_ms=0)

    async def check(self) -> CheckReport:
        notes = [f"Forms post to {self.public_url() or 'https://YOUR-HOST'}/f/{self.name}"]
        ok = True
        if self.settings.signed_only and not self.secret_of("signing_secret"):
            ok = False
            notes.append("`signed_only` is set and there is no secret `signing_secret`.")
        return CheckReport(ok, address=self.name, notes=tuple(notes))

    async def send(self, request: SendRequest) -> SendResult:
        raise SendRejected("A form cannot be answered through itself.", hint="Answer by another inbox.")

    async def aclose(self) -> None:
        return None

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        try:
            post = json.loads(body)
            if post["type"] != "form":
                raise ValueError("type")
            return (_received(post, self.settings),)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unparseable("Not a form as the web door keeps it.", code=type(error).__name__) from error


def mapped(fields: Sequence[Sequence[str]], mapping: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """(known fields by our names, all others in their order). Of a repeated known field the first value that says something
    counts, the rest stay with the others."""
    theirs = {mapping.get(ours, ours).casefold(): ours for ours in KNOWN}
    known: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for name, value in fields:
        ours = theirs.get(name.strip().casefold())
        if ours is not None and ours not in known and value.strip():
            known[ours] = value.strip()
        elif value.strip():
            others.append((name, value))
    return known, others


def looks_like_email(text: str) -> bool:
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None


def _received(post: Mapping[str, Any], settings: FormSettings) -> MessageReceived:
    known, others = mapped([(str(name), str(value)) for name, value in post["fields"]], settings.fields)
    email = known.get("email", "")
    if email and not looks_like_email(email):
        others.append(("email", email))
        email = ""
    phone = known.get("phone", "")
    if known.get("order"):
        others.insert(0, ("order", known["order"]))
    campaign = {name: value for name, value in others if name.startswith("utm_")}
    facts = {"utm": campaign, "page": post.get("page"), "referrer": post.get("referrer")}
    extra: dict[str, Any] = {key: value for key, value in facts.items() if value}
    extra["fields"] = [[name, value] for name, value in others if not name.startswith("utm_")]
    return MessageReceived(
        provider_id=str(post["id"]),
        person=Person(
            address=_address(email, phone, str(post["id"])),
            kind="form",
            name=known.get("name", ""),
            language=known["language"][:2].lower()
            if known.get("language", "")[:2].lower() in ("vi", "th", "en")
            else None,
            email=email or None,
            phone=phone or None,
        ),
        sent_at=int(post["at"]),
        text=_text(known, others),
        kind=MessageKind.FORM,
        subject=known.get("subject", ""),
        attachments=tuple(
            InboundAttachment(str(f["name"]), str(f["media_type"]), int(f["size"]), sha256=str(f["sha256"]))
            for f in post.get("files") or ()
        ),
        extra=extra,
    )


def _address(email: str, phone: str, submission: str) -> str:
    """Who posts again is recognised by what they state; who states nothing is a new person each time."""
    digits = re.sub(r"\D", "", phone)
    if email:
        return f"mail:{email.lower()}"
    return f"tel:{digits}" if len(digits) >= 8 else f"post:{submission}"


def _text(known: Mapping[str, str], others: Sequence[tuple[str, str]]) -> str:
    """The message, and below it what else was filled in."""
    lines = [f"{name}: {value}" for name, value in others if not name.startswith("utm_")]
    return "\n\n".join(part for part in (known.get("message", ""), "\n".join(lines)) if part)


def _claims(connector: FormConnector) -> None:
    from unibox_tui.connectors.contract import Connector, ParsesRaw

    _core: Connector = connector
    _parses: ParsesRaw = connector
