"""SpeedSMS's facts: delivery reports and messages to our number, posted as JSON or as a form, or by GET. Pure.

None of their fields is confirmed, so that each is looked for under the names that are in use.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.sms import wishes
from unibox_tui.connectors.sms.numbers import international
from unibox_tui.domain.inbound import ARRIVAL, InboundEvent, MessageReceived, Person, Receipt, WindowOpened
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import DeliveryState

URL, KEY, AT = "x-unibox-url", "key", "x-unibox-at"
TEMPORARY = 64
"""A status from here on is final; 0 is delivered, between them it is tried again."""
SAME_MS = 600_000
"""Equal words of one sender within one such span are one message that was delivered again."""
_WORDS = {
    "delivered": DeliveryState.DELIVERED,
    "success": DeliveryState.DELIVERED,
    "sent": DeliveryState.SENT,
    "sending": DeliveryState.SENT,
    "pending": DeliveryState.SENT,
    "failed": DeliveryState.FAILED,
    "fail": DeliveryState.FAILED,
    "error": DeliveryState.FAILED,
}


def facts(body: bytes, headers: Mapping[str, str]) -> list[InboundEvent]:
    data = _fields(body)
    if any(name in data for name in ("content", "text", "message")) and reading.word(data, "type") != "report":
        return _message(data, headers)
    if "status" in data:
        return [_report(data)]
    raise Unparseable("This delivery from SpeedSMS is neither a message nor a report.")


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
        if isinstance(data, dict):
            return data
    except (ValueError, RecursionError):
        pass  # no JSON: a form, or the query of a GET
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=200))
    except (UnicodeDecodeError, ValueError) as error:
        raise Unparseable("This is no delivery from SpeedSMS.", code=type(error).__name__) from None


def _first(data: Mapping[str, Any], *names: str) -> str:
    return next((found for name in names if (found := reading.word(data, name))), "")


def _report(data: Mapping[str, Any]) -> Receipt:
    id = _first(data, "tranId", "tran_id", "transaction_id")
    if not id:
        raise Unparseable("The report from SpeedSMS names no message.")
    status = reading.word(data, "status").lower()
    number = reading.count(data, "status", -1)
    if status in _WORDS:
        state = _WORDS[status]
    elif number == 0:
        state = DeliveryState.DELIVERED
    elif 0 < number < TEMPORARY:
        state = DeliveryState.SENT
    elif number >= TEMPORARY:
        state = DeliveryState.FAILED
    else:
        raise Unparseable("SpeedSMS reports a state that is not known.", code=status[:20])
    failed = state is DeliveryState.FAILED
    reason = say("The network could not deliver the message.") if failed else ""
    return Receipt(state, ARRIVAL, id, reason=reason, extra={"code": str(number)} if failed and number > 0 else {})


def _message(data: Mapping[str, Any], headers: Mapping[str, str]) -> list[InboundEvent]:
    number = international(_first(data, "phone", "from", "sender"))
    if not number:
        raise Unparseable("The message from SpeedSMS names no sender.")
    person = Person(number, "phone", verified=number.startswith("+"), phone=number)
    text = _first(data, "content", "text", "message")
    wish = wishes.wish(text)
    message = MessageReceived(
        _id(data, number, text, headers),
        person,
        ARRIVAL,
        text or "[empty message]",
        extra={"wish": wish} if wish else {},
    )
    return [message, WindowOpened(person, wish, ARRIVAL)] if wish else [message]


def _id(data: Mapping[str, Any], number: str, text: str, headers: Mapping[str, str]) -> str:
    """Its own where it has one; else what is told of it, its time included, or when it came to our door."""
    if id := _first(data, "id", "smsId", "sms_id", "messageId", "tranId"):
        return id
    told = _first(data, "time", "receiveTime", "received_at", "timestamp")
    when = told or str(reading.count(headers, AT) // SAME_MS)
    return "in-" + hashlib.sha256("\x00".join((number, text, when)).encode()).hexdigest()[:32]
