"""Tags on customers at Zalo."""

from __future__ import annotations

from unibox_tui.connectors.errors import SendRejected
from unibox_tui.connectors.zalo.calls import Calls
from unibox_tui.connectors.zalo.sending import is_customer
from unibox_tui.connectors.zalo.settings import Hosts

LONGEST = 50


class Tagging:
    def __init__(self, calls: Calls, hosts: Hosts) -> None:
        self._calls, self._hosts = calls, hosts

    async def put_on(self, user: str, name: str) -> None:
        await self._do("tagfollower", user, name)

    async def take_off(self, user: str, name: str) -> None:
        await self._do("rmfollowerfromtag", user, name)

    async def _do(self, what: str, user: str, name: str) -> None:
        if not is_customer(user):
            raise SendRejected("Only customers with a Zalo account have tags.", code="tag")
        await self._calls.post(f"{self._hosts.api}/v2.0/oa/tag/{what}", {"user_id": user, "tag_name": name})


def spelt(name: str) -> str:
    """A label as a tag; "" when it cannot be one."""
    plain = " ".join(name.split())
    return plain if plain and len(plain) <= LONGEST else ""
