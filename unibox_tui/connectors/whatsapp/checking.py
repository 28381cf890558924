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
    "RATE_LIMITED": "WhatsApp lets the number write to fewer people for now.",
    "FLAGGED": "WhatsApp has flagged the number for its quality.",
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
_STILL_WORKS = ("RATE_LIMITED", "FLAGGED")


def lacks_there(number: Mapping[str, Any]) -> list[str]:
    status = reading.word(number, "status").upper()
    found = [_STATUS.get(status, f"WhatsApp says the number is {status}.")] if status not in ("", "CONNECTED") else []
    if (name := reading.word(number, "name_status").upper()) in _NAME:
        found.append(_NAME[name])
    return found


async def lacks_of_account(graph: Graph, waba: str, app: str) -> list[str]:
    """`app`: the id of ours; "" any. Raises what has nothing to do with the account itself."""
    try:
        account = await graph.get(waba, {"fields": "account_review_status"})
        listed = await graph.get(f"{waba}/subscribed_apps")
    except Misconfigured as error:
        return [f"waba_id: the token sees no such account (code {error.code})."]
    found = []
    review = reading.word(account, "account_review_status").upper() if isinstance(account, dict) else ""
    if review in _REVIEW:
        found.append(_REVIEW[review])
    apps = {
        reading.word(reading.maybe(one, "whatsapp_business_api_data") or one, "id")
        for one in reading.some(listed if isinstance(listed, dict) else {}, "data")
    }
    if not apps or (app and app not in apps):
        found.append("The account's events do not come to our app: the service subscribes it when it starts.")
    return found
