"""What the hands need from outside, beside `ports.Workspace`: bulk, undo, play, macros, commands. `Workspace.hands` is it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from unibox_tui.screens.ports import Done
from unibox_tui.views.hands import Deed, Return

MANY = 50  # more conversations than this are asked about and done in short transactions


@dataclass(frozen=True, slots=True)
class HandsSettings:
    """`advance`: where one goes when an open conversation has been dealt with (next, next-unread, stay). `play_claims`:
    play mode takes what it opens."""

    advance: str = "stay"
    play_claims: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Of something long. `result` once it has ended."""

    done: int
    total: int
    result: Done | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A macro: its steps as they are typed after `:`. `key`: a chord that plays it."""

    letter: str
    steps: tuple[str, ...]
    title: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a command asks first. `kind`: input, menu (one of `choices`), confirm."""

    name: str
    kind: str
    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Custom:
    """A command of the agent's configuration. `output`: popup, terminal, composer, nowhere."""

    name: str
    title: str
    key: str
    output: str
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Printed:
    """What a program printed, safe to draw, and how it ended."""

    text: str
    status: int
    command: str


@dataclass(frozen=True, slots=True)
class SavedView:
    """`where`: own, shared, config. `key`: a chord that opens it."""

    name: str
    title: str
    query: str
    key: str = ""
    where: str = "own"


@dataclass(frozen=True, slots=True)
class LabelLine:
    name: str
    colour: str
    description: str
    label_set: str
    sticks: bool
    conversations: int


class Hands(Protocol):
    settings: HandsSettings
    view: str  # whose rules mark the rows that are read

    async def all_ids(self, query: str) -> Sequence[int]:
        """Everything that `query` finds, in its order."""
        ...

    def bulk(self, call: str, args: Mapping[str, Any], targets: Sequence[int]) -> AsyncIterator[Progress]:
        """In short transactions, as one undo. Closing it stops it; `stopped` then says what was done."""
        ...

    def walk(self, action: str | None, *, backwards: bool) -> AsyncIterator[Progress]:
        """Undo (backwards) or redo, of the last action unless one is named."""
        ...

    async def stopped(self) -> Done:
        """What the last `bulk` or `walk` did before it was stopped."""
        ...

    async def deeds(self) -> Sequence[Deed]: ...
    async def returns(self) -> Sequence[Return]: ...
    async def play(self, query: str, passed: Collection[int]) -> Done:
        """Go into the next one that nobody looks at. NotFound: there is none."""
        ...

    def macros(self) -> Mapping[str, Recorded]: ...
    def keep_macro(self, letter: str, steps: Sequence[str], *, title: str | None = None, key: str | None = None) -> None: ...  # fmt: skip
    def drop_macro(self, letter: str) -> None: ...

    def saved_views(self) -> Sequence[SavedView]:
        """Raises what is wrong with a file of theirs."""
        ...

    def save_view(self, name: str, query: str, *, shared: bool = False) -> None: ...
    def rename_view(self, name: str, new: str) -> None: ...
    def remove_view(self, name: str) -> None: ...
    def move_view(self, name: str, to: int) -> None: ...

    async def noticed(self, ids: Sequence[int]) -> set[int]:
        """Those of `ids` the agent wants to be told of when their customers write."""
        ...

    def notice(self, title: str, text: str) -> None:
        """Tell that somebody wrote, by the ways of the configuration; in quiet hours not."""
        ...

    async def labels(self) -> Sequence[LabelLine]: ...
    def customs(self) -> Mapping[str, Custom]: ...
    async def pipe(self, command: str, conversation: int | None, *, json: bool) -> Printed:
        """The conversation to a program's stdin (None: nothing); what it printed."""
        ...

    async def custom(self, name: str, conversation: int | None, answers: Mapping[str, str]) -> Printed: ...
    def in_terminal(self, name: str, conversation: int | None, answers: Mapping[str, str]) -> int:
        """As `custom`, on this terminal, while the screen is put away. Its exit status."""
        ...
