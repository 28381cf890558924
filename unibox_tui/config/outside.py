"""Settings of what customers buy and of the systems outside: orders, shops, fields, panels, webhooks, systems, privacy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unibox_tui.connectors.settings import setting
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.fields import FieldRule
from unibox_tui.domain.orders import OrderRules
from unibox_tui.domain.orders import Shop as ShopRule

if TYPE_CHECKING:
    from unibox_tui.config.model import Config

FIELD_TYPES = ("text", "number", "date", "yesno", "choice", "phone", "email", "url")
EVENTS = ("message", "contact", "merge", "order", "label", "conversation")
_URL = re.compile(r"https?://[^/\s]+")


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Orders made from conversations."""

    duplicate_days: int = setting("warn of an order of the same phone and content within these days", default=3)

    def __post_init__(self) -> None:
        if self.duplicate_days < 0:
            raise ValueError("duplicate_days: at least 0 is needed")


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Where goods come from; orders of its inboxes are its orders."""

    title: str = setting("its name for people", default="", example="Shop A")
    inboxes: tuple[str, ...] = setting("inboxes whose orders are this shop's", default=(), example=["shop-a"])
    currency: str = setting("of its prices; empty: as the inbox's country", default="", example="VND")
    prefix: str = setting("before the number in codes of orders made here; empty: no code", default="", example="DH")

    def __post_init__(self) -> None:
        if self.currency and re.fullmatch("[A-Z]{3}", self.currency) is None:
            raise ValueError("currency: three capital letters are needed, as VND")


@dataclass(frozen=True, kw_only=True)
class Field:
    """Something the team wants to know of each customer. With one of these no others can be set."""

    type: str = setting("what it holds", default="text", choices=FIELD_TYPES)
    title: str = setting("its name for people; empty: the name here", default="", example="Chest size")
    choices: tuple[str, ...] = setting("what a choice may be", default=(), example=["S", "M", "L"])

    def __post_init__(self) -> None:
        if self.type == "choice" and not self.choices:
            raise ValueError("choices: a choice needs some")


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Another system's view of the customer: a program or an address that is given their identities as JSON."""

    title: str = setting("above its lines; empty: the name here", default="", example="Shop")
    command: tuple[str, ...] = setting(
        "a program that reads the JSON from its input and prints JSON", default=(), example=["/usr/local/bin/shop-panel"],
        runs=True,
    )  # fmt: skip
    url: str = setting("or an address that the JSON is posted to", default="", runs=False)
    seconds: float = setting("longest time it may take", default=5.0)
    keep_seconds: int = setting("how long an answer is shown before it is asked again", default=60)
    lines: int = setting("lines reserved for it", default=4)

    def __post_init__(self) -> None:
        if bool(self.command) and bool(self.url):
            raise ValueError("url: either a command or a url is needed, not both")
        if self.url and _URL.match(self.url) is None:
            raise ValueError("url: this is no web address")
        if not 0.1 <= self.seconds <= 60:
            raise ValueError("seconds: between 0.1 and 60")
        if not 1 <= self.lines <= 20:
            raise ValueError("lines: between 1 and 20")
        if self.keep_seconds < 0:
            raise ValueError("keep_seconds: at least 0 is needed")


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A webhook of ours: what happens here is posted there, signed with the secret `outgoing.NAME` `secret`."""

    url: str = setting("where it is posted", example="https://crm.example/hooks/unibox")
    events: tuple[str, ...] = setting(f"what is told ({', '.join(EVENTS)}); none: all", default=(), example=["order"])
    words: bool = setting("tell the words of messages too", default=False)

    def __post_init__(self) -> None:
        if _URL.match(self.url) is None:
            raise ValueError("url: this is no web address")
        if unknown := [name for name in self.events if name not in EVENTS]:
            raise ValueError(f"events: there is no {unknown[0]!r}; there are {', '.join(EVENTS)}")


@dataclass(frozen=True, kw_only=True)
class System:
    """A system that may write contacts and orders through /api, with the secret `system.NAME` `token`."""

    title: str = setting("its name for people", default="", example="POS")
    shop: str = setting(
        "the shop its orders are of when they name none; empty: the name here", default="", example="shop-a"
    )
    contacts: bool = setting("it may write contacts", default=True)
    orders: bool = setting("it may write orders", default=True)


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """What some colleagues do not see (docs/customers.md), and how long files are kept (docs/privacy.md)."""

    mask_phones_for: tuple[str, ...] = setting(
        "who does not see whole phone numbers: accounts, or @group of this machine",
        default=(),
        example=["lan", "@parttime"],
    )
    recordings_days: int = setting(
        "recordings of calls are deleted after so many days, by the service; 0: never", default=0, example=180
    )
    files_days: int = setting(
        "all other files of messages are deleted after so many days; 0: never. The words stay", default=0, example=730
    )

    def __post_init__(self) -> None:
        if min(self.recordings_days, self.files_days) < 0:
            raise ValueError("recordings_days and files_days: 0 is the least")


SECTIONS: Mapping[str, type[Any]] = {
    "shops": Shop,
    "fields": Field,
    "panels": Panel,
    "outgoing": Outgoing,
    "systems": System,
}
"""Tables `[section.NAME]`."""


def order_rules(config: Config) -> OrderRules:
    shops = {
        name: ShopRule(name, shop.title or name, shop.inboxes, shop.currency, shop.prefix)
        for name, shop in config.shops.items()
    }
    return OrderRules(shops, config.orders.duplicate_days * 86_400_000, tuple(config.workspace.order_codes))


def field_rules(config: Config) -> dict[str, FieldRule]:
    """What `desk.people.set_fields` takes; empty: any field is a text."""
    return {
        name: FieldRule(name, field.type, field.choices, field.title or name)  # type: ignore[arg-type]
        for name, field in config.fields.items()
    }


def masks_phones(config: Config, account: str, groups: Sequence[str] | None = None) -> bool:
    """Whether this account sees phones masked. `groups`: of the machine, looked up when None."""
    named = config.privacy.mask_phones_for
    if not named:
        return False
    if account in named:
        return True
    wanted = {name[1:] for name in named if name.startswith("@")}
    return bool(wanted & set(_groups_of(account) if groups is None else groups)) if wanted else False


def _groups_of(account: str) -> list[str]:
    import grp
    import os
    import pwd

    try:
        entry = pwd.getpwnam(account)
    except KeyError:
        return []
    found = []
    for id in os.getgrouplist(account, entry.pw_gid):
        try:
            found.append(grp.getgrgid(id).gr_name)
        except KeyError:
            continue
    return found


def panel_named(config: Config, name: str) -> Panel:
    """Raises WrongUse."""
    if name not in config.panels:
        names = ", ".join(config.panels)
        raise WrongUse(
            f"There is no panel {name!r}.",
            hint=f"There are: {names}. docs/panels.md" if names else "The configuration has no panels. docs/panels.md",
        )
    panel: Panel = config.panels[name]
    return panel
