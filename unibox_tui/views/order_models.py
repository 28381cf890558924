"""View models of what a customer bought and of what the panel says first. Every string has been through `safe()`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Money in the smallest unit of `currency`; `items` is one line of text, `units` how many things."""

    id: int
    code: str
    shop: str
    state: str
    amount: int | None
    currency: str
    deposit: int
    received: int
    items: str
    units: int
    phone: str
    address: str
    note: str
    carrier: str
    tracking: str
    external_id: str
    agent: str
    closed_by: str
    conversation_id: int | None
    contact_id: int | None
    reached: tuple[tuple[str, int], ...]
    created_at: int
    updated_at: int

    @property
    def at(self) -> int:
        """When it came to its state."""
        return dict(self.reached).get(self.state, self.created_at)

    @property
    def said(self) -> str:
        """What people call it."""
        return self.code or self.external_id or str(self.id)


@dataclass(frozen=True, slots=True)
class RiskLine:
    id: str
    reason: str
    author: str
    source: str
    phone: str
    at: int


@dataclass(frozen=True, slots=True)
class Running:
    """The request that is going on."""

    id: int
    subject: str
    status: str
    assignee: str
    waiting_since: int | None


@dataclass(frozen=True, slots=True)
class Contacted:
    """The last time we were in touch on another channel."""

    channel: str
    mark: str
    conversation_id: int
    direction: str
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class PanelNews:
    """What the first eight lines of the panel need beside who it is; `orders` the newest first."""

    running: Running | None = None
    orders: tuple[OrderLine, ...] = ()
    elsewhere: tuple[Contacted, ...] = ()
    risks: tuple[RiskLine, ...] = ()
    blocked: bool = False
    usual_wait_ms: int | None = None
    conflicts: tuple[tuple[str, str, str, str], ...] = ()  # (field, what counts here, what a system says, which)


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """One row of an external panel; `action` is what Enter does: ("url", …), ("copy", …) or ("command", …)."""

    label: str
    value: str
    tone: str = ""  # ok, warn, danger, dim
    action: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OutsidePanel:
    """`state`: waiting, here, failed. `lines` are reserved for it whatever comes."""

    name: str
    title: str
    lines: int
    state: str = "waiting"
    rows: tuple[OutsideRow, ...] = ()
    error: str = ""
    at: int = 0
