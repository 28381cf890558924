"""Abilities of a helpdesk upstream: what is decided here is so there too, and the other way round.

Its conversations are addresses of ours (one identity each), and what it says of them comes as ConversationChanged and
NoteReceived. Nothing here may be done twice with another result: a state is set, not changed by steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from unibox_tui.domain.inbound import Upstream


@runtime_checkable
class MirrorsConversations(Protocol):
    def knows_agent(self, name: str) -> bool:
        """Whether an account of ours is an agent there too."""
        ...

    def label_there(self, name: str) -> str:
        """How a label of ours is spelt there; "" when it cannot be."""
        ...

    async def show(self, thread: str, change: Upstream) -> None:
        """Make the conversation stand so; what is None is left. Labels are all it has then. Idempotent."""
        ...

    async def show_customer(self, who: str, fields: Mapping[str, str]) -> None:
        """Make these fields of a customer (`Upstream.who`) so; "" takes one away, others stay. Idempotent."""
        ...

    async def note(self, thread: str, text: str, ref: str) -> str:
        """A note of a colleague; gives its id there. A lost answer is OutcomeUnknown."""
        ...

    async def find_note(self, thread: str, text: str, ref: str, since: int) -> str | None:
        """The id of a note that may have arrived, not older than `since` (epoch ms)."""
        ...


@dataclass(frozen=True, slots=True)
class CannedThere:
    id: str
    shortcut: str
    text: str


@runtime_checkable
class MirrorsCanned(Protocol):
    async def canned(self) -> Sequence[CannedThere]: ...

    async def put_canned(self, shortcut: str, text: str, id: str = "") -> str:
        """Make one, or change that of `id`; gives the id."""
        ...

    async def drop_canned(self, id: str) -> None: ...
