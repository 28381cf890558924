"""What an agent wrote and how it shall go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.desk.triage import UNSEEN
from unibox_tui.store.messages import StoredFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What an agent wrote and how it shall go. `seen_n`: the last message the agent's screen showed; `seen_owner` its owner."""

    text: str
    inbox: str | None = None  # name; None: the way the customer last used
    address: str | None = None  # to another address of this inbox
    identity: int | None = None  # as the composer shows it: this identity of the inbox
    everyone: bool = False  # mail: reply to all
    to: tuple[Mapping[str, str], ...] | None = None  # mail: instead of the computed ones
    cc: tuple[Mapping[str, str], ...] | None = None  # mail: with `everyone` besides the computed ones, else instead
    bcc: tuple[Mapping[str, str], ...] = ()
    subject: str | None = None
    quote: bool | None = None  # mail: the customer's words below; None: as the inbox says
    answers: int | None = None  # n of the message it answers; None: the customer's last
    files: tuple[StoredFile, ...] = ()
    seen_n: int | None = None
    seen_owner: Any = UNSEEN
    force: bool = False  # "send anyway" past newer messages
    hold_ms: int | None = None  # None: as the inbox says
    send_at: int | None = None
    automatic: bool = False
    kind: str = "text"  # as the policy calls it: text, template
    apart: bool = False  # lines of --- part messages
    options: Mapping[str, Any] = field(default_factory=dict)
