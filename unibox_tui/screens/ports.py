"""What the screens need from outside: one workspace, and the terminal's services. Tests hand in their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from unibox_tui.screens.answers_port import Answers
from unibox_tui.screens.people_ports import Customers
from unibox_tui.views.models import (
    HealthLine,
    HistoryLine,
    OutboxLine,
    Page,
    Panel,
    QuarantineLine,
    Quoted,
    Row,
    Tab,
    Thread,
)

if TYPE_CHECKING:
    from unibox_tui.screens.calls_port import Telephone
    from unibox_tui.screens.hands_port import Hands
    from unibox_tui.screens.selling_port import Selling


@dataclass(frozen=True, slots=True)
class UiSettings:
    """How the screen looks and behaves; from the configuration."""

    theme: str = "auto"  # auto, dark, light, contrast, mono
    plain: bool = False  # ASCII in place of every glyph
    row_lines: int = 0  # 3, 2, 1; 0: by the size of the screen
    enter_sends: bool = True  # else Enter makes a line and Ctrl-S sends
    preview: bool = True  # on wide screens the thread follows the cursor after a short rest
    bell: bool = False  # for what customers write in conversations of ours
    own_keys: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsent text of one agent in one conversation. `options`: reply_all, files, to, source_n, answers (n), new (inbox, address,
    subject)."""

    mode: str
    text: str
    caret: int = 0
    inbox_id: int | None = None
    identity_id: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    quoted: Quoted | None = None  # what `options.answers` is; None too when it is gone


@dataclass(frozen=True, slots=True)
class Option:
    """One thing an argument may be: an agent, a label, an inbox, a stored answer …"""

    value: str
    text: str
    detail: str = ""
    colour: str = ""
    channel: str = ""
    fields: tuple[str, ...] = ()  # of a template: the names of its blanks


class Done(Protocol):
    """What an action answers: a line for the foot, what it touched, what undo takes back."""

    @property
    def summary(self) -> str: ...
    @property
    def conversations(self) -> tuple[int, ...]: ...
    @property
    def action_id(self) -> str | None: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


class Changed(Protocol):
    """`reload`: read everything anew; else kind -> ids of rows that are new or different."""

    @property
    def reload(self) -> bool: ...
    @property
    def rows(self) -> Mapping[str, set[str]]: ...


class Host(Protocol):
    """The terminal and the machine around it. Every failure is a UniboxError with a hint."""

    def copy(self, text: str) -> None:
        """To the clipboard of the agent's terminal."""
        ...

    def edit(self, text: str) -> str:
        """`text` after the agent's own editor; runs while the screen is put away."""
        ...

    def open_link(self, url: str) -> None: ...
    def save_file(self, file_id: str, folder_or_name: str) -> str:
        """Where it was saved; never over another file."""
        ...

    def open_file(self, file_id: str) -> None: ...
    def complete_path(self, typed: str) -> Sequence[str]: ...
    def measure_file(self, path: str) -> tuple[int, str]:
        """(bytes, media type)."""
        ...

    def notify(self, title: str, text: str) -> None: ...


class Workspace(Protocol):
    """The store as one agent sees it. All strings in view models are safe to draw. Errors are UniboxErrors."""

    me: str
    ui: UiSettings
    host: Host

    @property
    def customers(self) -> Customers: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def hands(self) -> Hands: ...
    @property
    def selling(self) -> Selling: ...
    @property
    def telephone(self) -> Telephone: ...
    def now(self) -> int:
        """Epoch ms."""
        ...

    async def tabs(self) -> Sequence[Tab]: ...
    async def page(self, query: str, *, limit: int, before: str | None = None, after: str | None = None, around: int | None = None) -> Page: ...  # fmt: skip
    async def rows(self, ids: Sequence[int]) -> Sequence[Row]: ...
    async def matching(self, query: str, ids: Sequence[int]) -> set[int]:
        """Those of `ids` that `query` finds."""
        ...

    async def thread(self, conversation: int, *, around_n: int | None = None, before_n: int | None = None, after_n: int | None = None, limit: int = 60) -> Thread: ...  # fmt: skip
    async def panel(self, conversation: int) -> Panel: ...
    async def health(self) -> Sequence[HealthLine]: ...
    async def history(self, conversation: int) -> Sequence[HistoryLine]: ...
    async def outbox(self) -> Sequence[OutboxLine]: ...
    async def quarantine(self) -> Sequence[QuarantineLine]: ...
    async def options(self, kind: str, conversation: int | None = None) -> Sequence[Option]:
        """For agent, label, inbox, template (of a conversation), reaction (`conversation` is the message's n)."""
        ...

    async def complete_query(self, text: str, caret: int) -> Sequence[Option]:
        """What may stand at `caret`; the value is the whole query with it."""
        ...

    def check_query(self, text: str) -> str:
        """What is wrong with a query, in words; "" when nothing is."""
        ...

    async def perform(self, call: str, args: Mapping[str, Any], targets: Sequence[int]) -> Done: ...
    async def quoted(self, conversation: int, n: int) -> Quoted:
        """Message `n` as an answer here may quote it."""
        ...

    async def load_draft(self, conversation: int, mode: str | None = None) -> Draft | None:
        """Of that kind, else the one written last. Conversation 0: a first message, which has none yet."""
        ...

    async def save_draft(self, conversation: int, mode: str, draft: Draft | None) -> None:
        """None: throw the one of that kind away."""
        ...

    async def opened(self, conversation: int, *, peek: bool = False) -> None:
        """`peek`: without marking it read."""
        ...

    async def left(
        self, conversation: int, *, seen_n: int | None, open_ms: int, typed_ms: int, idle_ms: int
    ) -> None: ...
    async def doing(self, conversation: int | None, what: str) -> None:
        """viewing, typing (an answer), noting or idle, now."""
        ...

    async def read_to(self, conversation: int, n: int) -> None:
        """This agent has seen everything up to entry `n`."""
        ...

    def changes(self) -> AsyncIterator[Changed]: ...
    async def drain(self) -> None:
        """Until nothing of ours is half written: before suspending or leaving."""
        ...
