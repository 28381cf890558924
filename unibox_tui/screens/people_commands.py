"""What the actions about customers and their stories do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unibox_tui.screens.commands import Commands
    from unibox_tui.screens.customer_controller import CustomerController

Args = Mapping[str, Any]
Handler = Callable[["Commands", int | None, Args], None]


def _customer(act: Callable[[CustomerController], None]) -> Handler:
    return lambda commands, count, args: act(commands.screen.customer)


def _asked(args: Args, name: str) -> str | None:
    return str(args[name]) if args.get(name) not in (None, "") else None


def _story_asks(prompt_of: str, name: str, then: Callable[[Commands, str], None]) -> Handler:
    def handler(commands: Commands, count: int | None, args: Args) -> None:
        said = _asked(args, name)
        if said is not None:
            then(commands, said)
        else:
            commands.asking.own(prompt_of, lambda value: then(commands, str(value)))

    return handler


def _set(commands: Commands, count: int | None, args: Args) -> None:
    said = _asked(args, "text")
    if said is None:
        commands.screen.customer.edit()
    else:
        commands.screen.customer.set_pairs(said)


def _label(commands: Commands, count: int | None, args: Args) -> None:
    names = args.get("labels") or ()
    commands.screen.customer.label([names] if isinstance(names, str) else list(names))


def _contacts(commands: Commands, count: int | None, args: Args) -> None:
    commands.screen.contacts.open(_asked(args, "text") or "")


PEOPLE: dict[str, Handler] = {
    "merge": lambda c, count, args: c.screen.customer.merge(args.get("contact")),
    "split-contact": _customer(lambda customer: customer.split()),
    "same": _customer(lambda customer: customer.accept()),
    "not-same": _customer(lambda customer: customer.dismiss()),
    "side-by-side": _customer(lambda customer: customer.show_reasons()),
    "title": lambda c, count, args: c.screen.customer.title(_asked(args, "title")),
    "set": _set,
    "contact-label": _label,
    "keep-found": _customer(lambda customer: customer.keep_row()),
    "call": _customer(lambda customer: customer.call_row()),
    "story": lambda c, count, args: c.screen.story.toggle(),
    "channel": lambda c, count, args: c.screen.story.narrow(_asked(args, "channel")),
    "date": _story_asks("date", "day", lambda c, day: c.screen.story.date(day)),
    "contacts": _contacts,
    "contacts-search": lambda c, count, args: c.screen.contacts.ask(),
    "contacts-other": lambda c, count, args: c.screen.contacts.other(),
    "arrived": lambda c, count, args: c.screen.arrivals.go(),
}
