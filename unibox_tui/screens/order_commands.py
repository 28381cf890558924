"""What the actions about orders, deals, risk and scanned codes do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from unibox_tui.actions import BY_ID
from unibox_tui.domain.errors import Refused
from unibox_tui.domain.money import major
from unibox_tui.domain.orders import STATES
from unibox_tui.locale import _, term
from unibox_tui.views.order_models import OrderLine
from unibox_tui.widgets.panel_news import order_items
from unibox_tui.widgets.sheet import Choice

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands

Args = Mapping[str, Any]
Handler = Callable[["Commands", int | None, Args], None]


def _target(commands: Commands, id: str) -> int:
    targets = commands.targets(BY_ID[id])
    if not targets:
        raise Refused(_("No conversation is chosen."))
    return targets[0]


def _perform(commands: Commands, id: str, args: dict[str, Any], target: int) -> None:
    """On the conversation that was painted when the key was pressed."""
    action = BY_ID[id]
    commands.screen.work(commands._perform(action, {**action.fixed, **args}, (target,)), "act", exclusive=False)


def _new(commands: Commands, count: int | None, args: Args) -> None:
    """The order as one line to change, filled from the conversation; Enter makes it."""
    target = _target(commands, "order")
    if args.get("fields"):
        _perform(commands, "order", dict(args), target)
        return
    screen = commands.screen

    async def ask() -> None:
        line = await screen.workspace.selling.draft(target)
        take = lambda text: _perform(commands, "order", {"fields": text, "fill": False}, target)  # noqa: E731
        commands.asking.line(_("New order:"), take, text=line)

    screen.keyboard.hold()
    screen.work(ask(), "ask", after=screen.keyboard.release)


def _with_orders(commands: Commands, target: int, then: Callable[[tuple[OrderLine, ...]], None]) -> None:
    screen = commands.screen

    async def read() -> None:
        then(tuple(await screen.workspace.selling.orders(target)))

    screen.keyboard.hold()
    screen.work(read(), "ask", after=screen.keyboard.release)


def _change(commands: Commands, count: int | None, args: Args) -> None:
    target = _target(commands, "order-set")
    if args.get("fields"):
        _perform(commands, "order-set", dict(args), target)
        return

    def one(line: OrderLine) -> None:
        text = ", ".join(
            f"{name}={value}"
            for name, value in (
                ("items", line.items), ("amount", _sum(line.amount, line)), ("deposit", _sum(line.deposit, line)),
                ("received", _sum(line.received, line)),
                ("phone", line.phone), ("address", line.address), ("carrier", line.carrier), ("tracking", line.tracking),
            )
            if value
        )  # fmt: skip
        take = lambda typed: _perform(commands, "order-set", {"fields": typed, "order": str(line.id)}, target)  # noqa: E731
        commands.asking.line(_("Order {code}:").format(code=line.said), take, text=text or "amount=")

    _with_orders(commands, target, lambda found: _choose(commands, found, one))


def _sum(amount: int | None, line: OrderLine) -> str:
    return f"{major(amount, line.currency):f}" if amount else ""


def _state(commands: Commands, count: int | None, args: Args) -> None:
    target = _target(commands, "order-state")
    if args.get("state"):
        _perform(commands, "order-state", dict(args), target)
        return

    def one(line: OrderLine) -> None:
        choices = [Choice(term("order", state), state, words=state) for state in STATES]
        take = lambda state: _perform(commands, "order-state", {"state": state, "order": str(line.id)}, target)  # noqa: E731
        commands.asking.pick(_("Order {code} is:").format(code=line.said), choices, take)

    _with_orders(commands, target, lambda found: _choose(commands, found, one))


def _choose(commands: Commands, found: tuple[OrderLine, ...], then: Callable[[OrderLine], None]) -> None:
    if not found:
        raise Refused(_("There is no order here yet."), hint=_("`:order` makes one, `:deal` sets a state without one."))
    if len(found) == 1:
        then(found[0])
        return
    choices = [Choice(line.said, line, f"{term('order', line.state)}  {line.items}") for line in found]
    commands.asking.pick(_("Which order?"), choices, then)


def _deal(commands: Commands, count: int | None, args: Args) -> None:
    target = _target(commands, "deal")
    if args.get("state"):
        _perform(commands, "deal", dict(args), target)
        return
    choices = [Choice(term("order", state), state, words=state) for state in STATES] + [Choice(_("no deal"), "none")]
    commands.asking.pick(_("The deal is:"), choices, lambda state: _perform(commands, "deal", {"state": state}, target))


def _list(commands: Commands, count: int | None, args: Args) -> None:
    """All orders of the customer, full width."""
    target = _target(commands, "orders")
    screen = commands.screen

    async def read() -> None:
        found = await screen.workspace.selling.orders(target)
        items = order_items(found, screen.size.width - 2, screen.workspace.now(), screen.app_palette)
        screen.show_report(_("Orders"), items, _("No order yet."), lambda: _list(commands, None, {}))

    screen.work(read(), "report")


def scan(commands: Commands, said: str) -> None:
    """Open what a scanned code belongs to."""
    screen = commands.screen

    async def find() -> None:
        found = await screen.workspace.selling.scanned(said)
        if found.id is None:
            raise Refused(_("Nothing here has the code “{code}”.").format(code=said[:60]))
        if found.conversation is None:
            raise Refused(
                _("It belongs to {kind} {id}, which has no conversation.").format(kind=found.kind, id=found.id)
            )
        screen.open(found.conversation)
        more = "  " + _("{n} others have it too").format(n=found.more) if found.more else ""
        screen.news(f"{said[:60]}: {found.kind} {found.id}{more}")

    screen.work(find(), "scan")


def _scan(commands: Commands, count: int | None, args: Args) -> None:
    if args.get("code"):
        scan(commands, str(args["code"]))
    else:
        commands.asking.line(_("Code:"), lambda said: scan(commands, said))


ORDERS: dict[str, Handler] = {
    "order": _new,
    "order-set": _change,
    "order-state": _state,
    "deal": _deal,
    "orders": _list,
    "scan": _scan,
}
