"""The settings as frozen dataclasses; each field carries its own help, from which `config.example.toml` is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from unibox_tui.config import outside
from unibox_tui.config.commands import Command, Hook
from unibox_tui.config.notify import Notify
from unibox_tui.connectors.settings import AppSettings, InboxSettings, setting
from unibox_tui.domain.errors import Refused

K = TypeVar("K")
V = TypeVar("V")
LANGUAGES = ("vi", "th", "en")
MAIL_JOINS = ("join", "ask", "new")


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The team and how its requests are kept."""

    name: str = setting("what the team calls itself", default="unibox", example="Shop A support")
    language: str = setting("of the team; each agent may choose another under [ui]", default="en", choices=LANGUAGES)
    region: str = setting("country whose telephone numbers are meant when none is named", default="VN", example="TH")
    timezone: str = setting("of working hours and reports; empty: the machine's", default="", example="Asia/Bangkok")
    store: str = setting(
        "folder of the database, on a local disk; empty: this account's own. For a team, a folder made by "
        "`install -d -m 3770 -o SERVICE-ACCOUNT -g GROUP`",
        default="",
        example="/srv/unibox",
    )
    reopen_days: int = setting(
        "a resolved request goes on when its customer writes again within these days", default=14
    )
    mail_join: str = setting(
        "a new mail of a customer with one open request: join it, ask (stands alone with a line that offers it), new",
        default="ask",
        choices=MAIL_JOINS,
    )
    mail_join_hours: int = setting("only requests touched within these hours are meant", default=72)
    order_codes: tuple[str, ...] = setting(
        "regular expressions of your order codes; two requests that name one code belong together",
        default=(),
        example=["DH[0-9]{5}"],
    )
    number_in_subject: bool = setting("put a request's number into the subject of mails", default=False)
    subject_prefix: str = setting("what stands before the number there: [#10482]", default="#")

    def __post_init__(self) -> None:
        at_least(self, 0, "reopen_days", "mail_join_hours")


@dataclass(frozen=True, kw_only=True)
class Ui:
    """The screen of this account."""

    language: str = setting("empty: as the terminal's locale says", default="", choices=("", *LANGUAGES))
    theme: str = setting(
        "16 uses the terminal's own colours", default="dark", choices=("light", "dark", "high-contrast", "16")
    )
    symbols: str = setting(
        "plain uses letters only, for fonts without symbols", default="unicode", choices=("plain", "unicode")
    )
    send_key: str = setting(
        "what sends a reply; Enter makes a line where it does not send",
        default="enter",
        choices=("enter", "ctrl+enter", "alt+enter"),
    )
    rows: str = setting(
        "lines of a row in the list: 3, 2, 1, or as the height allows",
        default="auto",
        choices=("comfortable", "compact", "dense", "auto"),
    )
    advance: str = setting(
        "where you go when an open request has been put away or resolved",
        default="stay",
        choices=("next", "next-unread", "stay"),
    )
    play_claims: bool = setting("play mode takes what it opens, so that it is yours", default=False)
    read_on: str = setting("when a request counts as read", default="open", choices=("open", "scroll", "reply"))
    particle: str = setting(
        "how you end a Thai sentence; stored answers put it for {polite} and {ask}",
        default="",
        choices=("", "ค่ะ", "ครับ"),
    )
    bell: bool = setting("ring the terminal's bell when a customer writes in a conversation of yours", default=False)
    mouse: bool = setting("take mouse clicks (the terminal's own selecting then needs Shift)", default=False)
    editor: tuple[str, ...] = setting(
        "program for long replies; empty: $VISUAL, $EDITOR or vi", default=(), example=["nvim"], runs=True
    )
    opener: tuple[str, ...] = setting(
        "program that shows files; {path} stands for the file", default=("xdg-open",), runs=True
    )


@dataclass(frozen=True, kw_only=True)
class Web:
    """The door of `unibox serve` for chat widgets, forms and webhooks."""

    listen: str = setting("address and port; leave it on 127.0.0.1 behind a reverse proxy", default="127.0.0.1:8787")
    public_url: str = setting(
        "how customers' browsers and providers reach it", default="", example="https://inbox.shop-a.example"
    )
    trusted_proxies: tuple[str, ...] = setting(
        "addresses or networks whose X-Forwarded-For is believed", default=("127.0.0.1", "::1")
    )
    body_limit: int = setting("largest webhook in bytes", default=1_048_576)
    upload_limit: int = setting("largest upload in bytes, whatever an inbox allows", default=26_214_400)

    def __post_init__(self) -> None:
        at_least(self, 1, "body_limit", "upload_limit")
        self.address  # noqa: B018  raises for what is no address

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) to listen on. Port 0: any that is free."""
        host, colon, port = self.listen.rpartition(":")
        if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise ValueError('listen: write HOST:PORT, as "127.0.0.1:8787" or "[::1]:8787"')
        return host.strip("[]"), int(port)


@dataclass(frozen=True, kw_only=True)
class SecretPlaces:
    """Where passwords and tokens may come from; they are never in this file."""

    keyring: bool = setting("use the desktop's keyring where there is one that encrypts", default=True)
    command: tuple[str, ...] = setting(
        "a program that prints a secret; {inbox} and {name} are filled in. An inbox may have its own secret_command",
        default=(),
        example=["pass", "show", "unibox/{inbox}/{name}"],
        runs=True,
    )


@dataclass(frozen=True, kw_only=True)
class Group:
    """A brand: requests of one customer join only within it. What is left out is as in [workspace]."""

    title: str = setting("its name for people", default="", example="Shop A")
    reopen_days: int | None = setting("as in [workspace]", default=None, example=14)
    mail_join: str | None = setting("as in [workspace]", default=None, choices=MAIL_JOINS, example="join")
    mail_join_hours: int | None = setting("as in [workspace]", default=None, example=72)
    order_codes: tuple[str, ...] | None = setting("as in [workspace]", default=None, example=["A-[0-9]{6}"])

    def __post_init__(self) -> None:
        at_least(self, 0, "reopen_days", "mail_join_hours")


@dataclass(frozen=True, kw_only=True)
class Canned:
    """A stored answer."""

    shortcut: str = setting("typed after / in the composer", example="giao")
    title: str = setting("what it is about", default="", example="Báo đang giao")
    text: str = setting("what is written", example="Dạ đơn của mình đang trên đường giao ạ.")
    language: str = setting(
        "only offered to customers of this language; empty: to all", default="", choices=("", *LANGUAGES)
    )
    scope: str = setting("who may use it", default="team", choices=("team", "me"))
    group: str = setting("the group it is listed under", default="", example="Giao hàng")
    variants: Mapping[str, str] = setting(
        "other texts for kinds of channels: chat, sms, mail", default={}, example={"sms": "Don dang giao."}
    )
    buttons: tuple[str, ...] = setting(
        "quick replies; numbered lines where the channel has none", default=(), example=["Còn hàng", "Hết hàng"]
    )
    files: tuple[str, ...] = setting(
        "files sent along; paths from this file's folder", default=(), example=["bang-size.png"]
    )


@dataclass(frozen=True, kw_only=True)
class Assistant:
    """A language model that drafts and translates; off until it is named. docs/assistant.md says what it is sent."""

    url: str = setting(
        "address of an OpenAI-compatible endpoint; empty: no assistant", default="", example="http://127.0.0.1:11434/v1"
    )
    model: str = setting("the model's name there", default="", example="qwen3:8b")
    timeout_seconds: float = setting("how long an answer may take", default=60.0)
    hide: bool = setting("names, telephones, addresses and codes are taken out before anything is sent", default=True)

    def __post_init__(self) -> None:
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("url: an address that begins with https:// or http://")
        if self.url and not self.model:
            raise ValueError("model: which one? The endpoint has several")
        if not 1 <= self.timeout_seconds <= 600:
            raise ValueError("timeout_seconds: between 1 and 600")


@dataclass(frozen=True, kw_only=True)
class View:
    """A saved search with a place among the tabs."""

    query: str = setting("what it shows, in the words of the search line", example="is:unanswered label:vip")
    title: str = setting("empty: its name", default="", example="VIP")
    key: str = setting("a key that opens it", default="", example="g v")
    hide_empty: bool = setting("no tab while nothing is in it", default=False)
    shared: bool = setting("for the whole team", default=False)


def empty() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Config:
    """One configuration file, read and checked.

    `inboxes`: name -> the connector's settings; empty unless asked for (see `load`), as it imports connectors.
    `channels`: inbox name -> channel, always there. `keys`: context -> action id -> keys (none: unbound).
    `secret_commands` is what `host.secrets.Secrets` takes. `distrust`: why nothing that runs is taken from this file.
    """

    path: Path | None = None
    workspace: Workspace = field(default_factory=Workspace)
    ui: Ui = field(default_factory=Ui)
    notify: Notify = field(default_factory=Notify)
    web: Web = field(default_factory=Web)
    secrets: SecretPlaces = field(default_factory=SecretPlaces)
    keys: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=empty)
    groups: Mapping[str, Group] = field(default_factory=empty)
    apps: Mapping[str, AppSettings] = field(default_factory=empty)
    channels: Mapping[str, str] = field(default_factory=empty)
    inboxes: Mapping[str, InboxSettings] = field(default_factory=empty)
    secret_commands: Mapping[str, Sequence[str] | Mapping[str, Sequence[str]]] = field(default_factory=empty)
    canned: tuple[Canned, ...] = ()
    assistant: Assistant = field(default_factory=Assistant)
    views: Mapping[str, View] = field(default_factory=empty)
    commands: Mapping[str, Command] = field(default_factory=empty)
    hooks: Mapping[str, Hook] = field(default_factory=empty)
    orders: outside.Orders = field(default_factory=outside.Orders)
    privacy: outside.Privacy = field(default_factory=outside.Privacy)
    shops: Mapping[str, outside.Shop] = field(default_factory=empty)
    fields: Mapping[str, outside.Field] = field(default_factory=empty)
    panels: Mapping[str, outside.Panel] = field(default_factory=empty)
    outgoing: Mapping[str, outside.Outgoing] = field(default_factory=empty)
    systems: Mapping[str, outside.System] = field(default_factory=empty)
    policy: Mapping[str, Mapping[str, Any]] = field(default_factory=empty)  # channel -> laid over the policy file
    distrust: str = ""

    def require_trusted(self, purpose: str) -> None:
        """Before a token is sent to an address from this file. Raises Refused when others could have written it."""
        if self.distrust:
            raise Refused(f"{purpose}: {self.distrust}", hint=f"Use a file of your own, mode 600: {self.path}")

    def group(self, name: str) -> Group:
        """The joining rules of a brand, gaps filled from [workspace]."""
        own = self.groups.get(name, Group())
        base = self.workspace
        return Group(
            title=own.title or name,
            reopen_days=base.reopen_days if own.reopen_days is None else own.reopen_days,
            mail_join=base.mail_join if own.mail_join is None else own.mail_join,
            mail_join_hours=base.mail_join_hours if own.mail_join_hours is None else own.mail_join_hours,
            order_codes=base.order_codes if own.order_codes is None else own.order_codes,
        )


def at_least(settings: object, least: int, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        if value is not None and value < least:
            raise ValueError(f"{name}: at least {least} is needed, not {value}")
