"""The ability to take a network's requests that somebody be erased, where they come to the app and not to one inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Deletion:
    """`user`: who wants to be erased, by the id under which the app knows them. `key`: letters and digits that nobody can
    guess and that tell nothing; the same whenever the same request comes."""

    user: str
    key: str


@runtime_checkable
class TakesDeletions(Protocol):
    def deletion(self, body: bytes) -> Deletion:
        """What was posted to `/a/<app>/deletion`. Raises WebhookForged, Unparseable, Misconfigured."""
        ...

    async def known_as(self, user: str) -> Sequence[tuple[str, str]]:
        """(our address, the customer's there) of somebody whom the app knows as `user`, at all endpoints of the app. Raises
        errors of the tree."""
        ...
