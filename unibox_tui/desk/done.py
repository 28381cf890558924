"""What an action of the desk answers, and how one begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from unibox_tui.domain.saying import keep, say, say_count
from unibox_tui.domain.words import Author
from unibox_tui.store import events
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor


@dataclass(frozen=True, slots=True)
class Done:
    """`summary`: one line for the foot, said with `say`. `action_id`: what `undo` takes back (None: nothing to take back)."""

    summary: str
    conversations: tuple[int, ...] = ()
    action_id: str | None = None
    changed: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """The summary; where nothing has changed it says so."""
        return self.summary if self.changed else say("{summary} (nothing to change)", summary=self.summary)


def begin(tx: Tx, actor: Actor, name: str, summary: str) -> Actor:
    """The actor of one undoable action. Inside an action that has begun already it stays part of that one."""
    if actor.action_id is not None or actor.kind is not Author.AGENT:
        return actor
    return replace(actor, action_id=events.start_action(tx, actor.agent, name, keep(summary)))


def name_many(ids: tuple[int, ...] | list[int]) -> str:
    """#10482, or "12 conversations"."""
    return f"#{ids[0]}" if len(ids) == 1 else say_count("{n} conversation", "{n} conversations", len(ids))
