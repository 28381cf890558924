"""eSMS's facts, which come as the query of a GET: delivery reports and messages to a short code. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.sms import wishes
from unibox_tui.connectors.sms.numbers import international
from unibox_tui.domain.inbound import ARRIVAL, InboundEvent, MessageReceived, Person, Receipt, WindowOpened
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import DeliveryState

REF, KEY = "ref", "key"
VIETNAM = timezone(timedelta(hours=7))
WAITING, REFUSED, DONE = ("1", "2"), "4", "5"


def fields_of(body: bytes) -> dict[str, str]:
    """The parameters. Whoever puts a second question mark behind an address that has one is understood."""
    try:
        text = body.decode("ascii").replace("?", "&")
        return dict(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=200))
    except (UnicodeDecodeError, ValueError) as error:
        raise Unparseable("This is no delivery from eSMS.", code=type(error).__name__) from None


def facts(body: bytes) -> list[InboundEvent]:
    fields = fields_of(body)
    if reading.word(fields, "SendStatus"):
        return [report(fields)]
    if reading.word(fields, "smsid"):
        return _message(fields)
    raise Unparseable("This delivery from eSMS is neither a message nor a report.")


def report(fields: Mapping[str, Any]) -> Receipt:
    """A delivery report; its reference is the RequestId that we chose."""
    ref = reading.word(fields, "RequestId") or reading.word(fields, REF)
    sms = reading.word(fields, "SMSID")
    if not ref and not sms:
        raise Unparseable("The report from eSMS names no message.")
    state, reason = _state(fields)
    extra: dict[str, Any] = {"ids": [sms]} if sms else {}
    price = reading.decimal(fields, "TotalPrice")
    if price is not None and price > 0:
        extra["cost"] = {"amount": f"{price:g}", "currency": "VND", "charged": True}
    code = reading.word(fields, "error_info")
    if state is DeliveryState.FAILED and code.isascii() and code.isalnum() and len(code) <= 12:
        extra["code"] = code
    return Receipt(state, ARRIVAL, ref or sms, ref or None, reason=reason, extra=extra)


def _state(fields: Mapping[str, Any]) -> tuple[DeliveryState, str]:
    status = reading.word(fields, "SendStatus")
    if status in WAITING:
        return DeliveryState.SENT, ""
    if status == REFUSED:
        return DeliveryState.FAILED, say("eSMS has refused the message.")
    if status != DONE:
        raise Unparseable("eSMS reports a state that is not known.", code=status[:20])
    if reading.count(fields, "SendSuccess"):
        return DeliveryState.DELIVERED, ""
    if reading.count(fields, "SendFailed"):
        return DeliveryState.FAILED, say("The network could not deliver the message.")
    return DeliveryState.SENT, ""


def _message(fields: Mapping[str, Any]) -> list[InboundEvent]:
    number = international(reading.ident(fields, "sender"))
    if not number:
        raise Unparseable("The message from eSMS names no sender.")
    person = Person(number, "phone", verified=number.startswith("+"), phone=number)
    at = _time(reading.word(fields, "receiverTime"))
    text, keyword = reading.word(fields, "content"), reading.word(fields, "keyword")
    extra: dict[str, Any] = {}
    for name, key in (("serviceNumber", "short_code"), ("keyword", "keyword")):
        if found := reading.word(fields, name):
            extra[key] = found
    wish = wishes.wish(text, keyword)
    if wish:
        extra["wish"] = wish
    message = MessageReceived(reading.ident(fields, "smsid"), person, at, text or "[empty message]", extra=extra)
    return [message, WindowOpened(person, wish, at)] if wish else [message]


def _time(said: str) -> int:
    """yyyyMMddhhmmss in Vietnam; the arrival's where it is none."""
    try:
        at = int(datetime.strptime(said, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM).astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return ARRIVAL
    return at if reading.EARLIEST_MS <= at <= reading.LATEST_MS else ARRIVAL
