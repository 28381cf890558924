"""What Meta itself says a WhatsApp number still lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Misconfigured
from unibox_tui.connectors.meta.graph import Graph

_STATUS = {
    "PENDING": "The number waits for its registration at WhatsApp.",
    "UNVERIFIED": "The number is not verified yet: WhatsApp Manager sends a code to it.",
    "DISCONNECTED": "The number is not registered with the Cloud API.",
    "OFFLINE": "The number is not registered with the Cloud API.",
    "MIGRATED": "The number has moved to another account.",
    "BANNED": "WhatsApp has banned the number.",
    "RESTRICTED": "WhatsApp has restricted the number.",
}
_NAME = {
    "PENDING_REVIEW": "Meta still looks at the display name: days.",
    "DECLINED": "Meta has declined the display name.",
    "EXPIRED": "The display name's approval has ended.",
    "NONE": "The number has no approved display name.",
}
_REVIEW = {
    "PENDING": "Meta still looks at the WhatsApp Business account.",
    "REJECTED": "Meta has rejected the WhatsApp Business account.",
    "RESTRICTED": "Meta has restricted the WhatsApp Business account.",
}
_WORKS = ("", "CONNECTED", "RATE_LIMITED", "FLAGGED")
_WAITING = ("PENDING", "PENDING_REVIEW", "NONE")  # of a name or an account: messages go, within narrower limits


def of_number(number: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """(what is missing, what is worth knowing)"""
    status = reading.word(number, "status").upper()
    lacks = [_STATUS.get(status, f"WhatsApp says the number is {status}.")] if status not in _WORKS else []
    name = reading.word(number, "name_status").upper()
    said = [_NAME[name]] if name in _NAME else []
    return (lacks, said) if name in _WAITING else ([*lacks, *said], [])


async def of_account(graph: Graph, waba: str, app: str) -> tuple[list[str], list[str]]:
    """(what is missing, what is worth knowing). `app`: the id of ours; "" any. Raises what has nothing to do with the account
    itself."""
    try:
        account = await graph.get(waba, {"fields": "account_review_status"})
        listed = await graph.get(f"{waba}/subscribed_apps")
    except Misconfigured as error:
        return [f"waba_id: the token sees no such account (code {error.code})."], []
    review = reading.word(account, "account_review_status").upper() if isinstance(account, dict) else ""
    said = [_REVIEW[review]] if review in _REVIEW else []
    lacks, known = ([], said) if review in _WAITING else (said, [])
    apps = {
        reading.word(reading.maybe(one, "whatsapp_business_api_data") or one, "id")
        for one in reading.some(listed if isinstance(listed, dict) else {}, "data")
    }
    if not apps or (app and app not in apps):
        known.append("The account's events do not come to our app yet; the service subscribes it when it starts.")
    return lacks, known
