"""Twilio's facts: posted forms (messages and delivery reports) and rows of its list. Pure.

A posted form carries no time, so that of its arrival counts. Our own `ref` in the address of a delivery report says which
message it is about.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.sms import wishes
from unibox_tui.connectors.sms.twilio_calls import words
from unibox_tui.domain.inbound import (
    ARRIVAL,
    InboundAttachment,
    InboundEvent,
    MessageReceived,
    Person,
    Receipt,
    WindowOpened,
)
from unibox_tui.domain.words import Author, DeliveryState, Direction

URL, REF = "x-unibox-url", "ref"
MOST_FILES = 10
STATES = {
    "accepted": DeliveryState.SENT,
    "scheduled": DeliveryState.SENT,
    "queued": DeliveryState.SENT,
    "sending": DeliveryState.SENT,
    "sent": DeliveryState.SENT,
    "partially_delivered": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}
_STOP = {"STOP": "stop", "START": "start"}


def posted(body: bytes, headers: Mapping[str, str]) -> list[InboundEvent]:
    """A form that Twilio posted, or a page of its list as `pull` keeps it."""
    if body[:1] == b"{":
        return rows(reading.load(body, "The list from Twilio"))
    fields = _fields(body)
    status = reading.word(fields, "MessageStatus") or reading.word(fields, "SmsStatus")
    if "Body" not in fields and "NumMedia" not in fields and status:
        return [_report(fields, status, _ref(headers))]
    if not reading.word(fields, "From"):
        raise Unparseable("The form from Twilio names no sender.")
    return _message(fields)


def rows(page: Mapping[str, Any]) -> list[InboundEvent]:
    return [fact for row in reading.objects(page, "messages") for fact in row_facts(row)]


def row_facts(row: Mapping[str, Any]) -> Sequence[InboundEvent]:
    """One row of the list: a message of the customer, or one of ours with its fate."""
    sid = reading.ident(row, "sid")
    at = date_of(row)
    if at is None:
        return ()
    inbound = reading.word(row, "direction") == "inbound"
    other = reading.ident(row, "from" if inbound else "to")
    files = tuple(
        InboundAttachment(
            f"mms-{sid[-6:]}-{index + 1}", "application/octet-stream", remote={"message": sid, "index": index}
        )
        for index in range(min(reading.count(row, "num_media"), MOST_FILES))
    )
    text, person = _text(reading.word(row, "body"), files), _person(other)
    if inbound:
        message = MessageReceived(sid, person, at, text, attachments=files)
        wish = wishes.wish(text)
        return (message, WindowOpened(person, wish, at)) if wish else (message,)
    robot = reading.word(row, "direction") == "outbound-reply"  # of a TwiML answer
    message = MessageReceived(
        sid,
        person,
        at,
        text,
        direction=Direction.OUT,
        author=Author.BOT if robot else Author.AGENT,
        author_unsure=not robot,
        attachments=files,
        extra=cost(row),
    )
    status = reading.word(row, "status")
    if status not in STATES:
        return (message,)
    return (message, _receipt(sid, status, reading.word(row, "error_code"), at, None, cost(row)))


def date_of(row: Mapping[str, Any]) -> int | None:
    """When a row was sent, epoch ms; None while it waits."""
    for key in ("date_sent", "date_created"):
        if text := reading.word(row, key):
            try:
                return _whole(parsedate_to_datetime(text))
            except (ValueError, TypeError, IndexError, OverflowError):
                raise Unparseable(f"There is no time {key!r}.") from None
    return None


def _whole(at: datetime) -> int:
    found = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    if not reading.EARLIEST_MS <= found <= reading.LATEST_MS:
        raise ValueError("time")
    return found


def _fields(body: bytes) -> dict[str, str]:
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=500)
    except (UnicodeDecodeError, ValueError) as error:
        raise Unparseable("This is no form from Twilio.", code=type(error).__name__) from None
    fields = dict(pairs)
    if not (reading.word(fields, "MessageSid") or reading.word(fields, "SmsSid")):
        raise Unparseable("The form from Twilio names no message.")
    return fields


def _sid(fields: Mapping[str, str]) -> str:
    return reading.word(fields, "MessageSid") or reading.ident(fields, "SmsSid")


def _message(fields: Mapping[str, str]) -> list[InboundEvent]:
    sid, person = _sid(fields), _person(reading.ident(fields, "From"))
    files = []
    for index in range(min(reading.count(fields, "NumMedia"), MOST_FILES)):
        if url := reading.word(fields, f"MediaUrl{index}"):
            media_type = reading.word(fields, f"MediaContentType{index}") or "application/octet-stream"
            ending = mimetypes.guess_extension(media_type) or ""
            files.append(InboundAttachment(f"mms-{sid[-6:]}-{index + 1}{ending}", media_type, remote={"url": url}))
    extra: dict[str, Any] = {}
    if parts := reading.count(fields, "NumSegments"):
        extra["parts"] = parts
    text = _text(reading.word(fields, "Body"), files)
    wish = _STOP.get(reading.word(fields, "OptOutType").upper()) or wishes.wish(text)
    if wish:
        extra["wish"] = wish
    message = MessageReceived(sid, person, ARRIVAL, text, attachments=tuple(files), extra=extra)
    return [message, WindowOpened(person, wish, ARRIVAL)] if wish else [message]


def _report(fields: Mapping[str, str], status: str, ref: str | None) -> Receipt:
    if status not in STATES:
        raise Unparseable("Twilio reports a state that is not known.", code=status[:20])
    return _receipt(_sid(fields), status, reading.word(fields, "ErrorCode"), ARRIVAL, ref, {})


def _receipt(sid: str, status: str, code: str, at: int, ref: str | None, extra: Mapping[str, Any]) -> Receipt:
    state = STATES[status]
    reason = words(code) if state is DeliveryState.FAILED else ""
    return Receipt(state, at, sid, ref, reason=reason, extra={**extra, **({"code": code} if code else {})})


def _text(body: str, files: Sequence[InboundAttachment]) -> str:
    return body or ("" if files else "[empty message]")


def _person(number: str) -> Person:
    return Person(number, "phone", verified=number.startswith("+"), phone=number)


def _ref(headers: Mapping[str, str]) -> str | None:
    try:
        found = parse_qs(urlsplit(reading.word(headers, URL)).query).get(REF)
    except ValueError:
        return None
    return found[0] if found else None


def cost(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    price = reading.decimal(row, "price")
    if price is not None:
        unit = reading.word(row, "price_unit").upper()
        found["cost"] = {"amount": f"{abs(price):.5f}", "currency": unit, "charged": True}
    if parts := reading.count(row, "num_segments"):
        found["parts"] = parts
    return found
