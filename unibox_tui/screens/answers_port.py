"""What the composer needs besides the workspace: stored answers, suggestions, the check, the assistant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from unibox_tui.views.offers import Offered, Stored


class Answers(Protocol):
    """Reads run off the event loop. Errors are UniboxErrors."""

    @property
    def assists(self) -> bool:
        """Whether an assistant is set up."""
        ...

    async def stored(self, conversation: int, inbox: str) -> Sequence[Stored]:
        """Those this agent may use here, most used first, as they would go through this inbox ("": a chat)."""
        ...

    async def offered(self, conversation: int, inbox: str) -> Sequence[Offered]:
        """At most three stored answers, then at most three past ones; none when nothing fits."""
        ...

    async def doubts(self, conversation: int, mode: str, text: str, files: int) -> Sequence[str]:
        """What looks wrong about it, in words."""
        ...

    async def every(self) -> Sequence[Stored]:
        """All there are, as they are written."""
        ...

    async def source(self, key: str, text: str = "") -> str:
        """One as a person edits it (TOML); key "": a new one with this text."""
        ...

    async def keep(self, key: str, source: str) -> str:
        """Store what `source` made of it; its shortcut. Raises WrongUse naming what is wrong."""
        ...

    async def assist(self, task: str, conversation: int | None, text: str = "", language: str = "") -> str:
        """draft, shorten, translate or summary by the assistant, in a process of its own."""
        ...
