"""An article to everybody who follows the account, or to a part of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import SendRequest, SendResult
from unibox_tui.connectors.errors import SendRejected, Transient
from unibox_tui.connectors.zalo.calls import Calls, object_of
from unibox_tui.connectors.zalo.settings import Hosts

TARGETS = ("ages", "gender", "locations", "cities", "platform")
CAPABILITY = {"what": "article", "targets": list(TARGETS)}
_CODES = re.compile(r"[0-9]{1,4}(,[0-9]{1,4})*", re.ASCII)
_NOT_NOW = ("-211", "-218", "-234")  # a person decides anew, it is not tried again by itself


async def broadcast(calls: Calls, hosts: Hosts, request: SendRequest) -> SendResult:
    wish = reading.maybe(request.options, "broadcast")
    article = reading.word(wish, "content")
    if not article:
        raise SendRejected("A broadcast needs the id of an article.", code="broadcast")
    element = {"media_type": "article", "attachment_id": article}
    payload = {"template_type": "media", "elements": [element]}
    body = {
        "recipient": {"target": target(reading.maybe(wish, "target"))},
        "message": {"attachment": {"type": "template", "payload": payload}},
    }
    try:
        answer = await calls.post(f"{hosts.api}/v2.0/oa/message", body, leaving=request.before_first_byte)
    except Transient as error:
        if error.code in _NOT_NOW:
            raise SendRejected(error.message, code=error.code) from None
        raise
    return SendResult(reading.word(object_of(answer), "message_id"))


def target(said: Mapping[str, Any]) -> dict[str, Any]:
    """Zalo's own numbers; several of one kind with commas. Raises SendRejected."""
    found: dict[str, Any] = {}
    for name, value in said.items():
        codes = str(value).replace(" ", "")
        if name not in TARGETS or not _CODES.fullmatch(codes):
            raise SendRejected(
                "Zalo chooses an audience by ages, gender, locations, cities and platform, each in its own numbers.",
                code="target",
            )
        found[name] = int(codes) if codes.isdigit() else codes
    return found
