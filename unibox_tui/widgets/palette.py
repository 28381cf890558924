"""The few styles of the screen. Default text on default background is the rule; no meaning rests on colour alone."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style

NULL = Style()
THEMES = ("auto", "dark", "light", "contrast", "mono")

_CHANNELS = {
    "messenger": "bright_blue", "instagram": "magenta", "whatsapp": "green", "zalo": "blue", "line": "bright_green",
    "telegram": "cyan", "email": "yellow", "livechat": "bright_magenta", "form": "bright_cyan", "sms": "bright_yellow", "voice": "red",
}  # fmt: skip
_LABELS = {
    "red": "red", "orange": "yellow", "amber": "yellow", "yellow": "yellow", "green": "green", "teal": "cyan",
    "cyan": "cyan", "blue": "blue", "purple": "magenta", "violet": "magenta", "pink": "bright_magenta",
}  # fmt: skip
_COMMON: Mapping[str, str] = {
    "text": "", "dim": "dim", "bold": "bold", "accent": "cyan", "cursor": "bold cyan", "new": "bold", "warn": "yellow",
    "danger": "bold red", "note": "yellow", "note.text": "", "rule": "dim", "hit": "reverse", "read": "cyan", "ok": "green",
    "error": "bold red", "key": "bold", "tab": "bold cyan", "caret": "reverse", "chosen": "bold", "link": "underline",
}  # fmt: skip
# Where nothing but attributes is to be trusted: no colours at all, or sixteen that may be anything.
_ATTRIBUTES: Mapping[str, str] = {
    "accent": "bold", "cursor": "bold", "warn": "bold", "danger": "bold reverse", "note": "bold", "read": "bold", "ok": "",
    "error": "bold reverse", "tab": "reverse",
}  # fmt: skip
_STRONG: Mapping[str, str] = {
    "dim": "", "rule": "", "accent": "bold", "cursor": "reverse bold", "tab": "reverse bold", "note.text": "bold",
    "warn": "bold underline", "danger": "bold reverse", "note": "bold underline", "read": "bold", "ok": "", "error": "bold reverse",
}  # fmt: skip
# A colour on the terminal's own background is chosen for the black or white it most likely is; tests/widgets/test_contrast.py
# says how readable each is there. Two colours together (contrast) are readable on any.
_THEMES: Mapping[str, Mapping[str, str]] = {
    "auto": {},
    "dark": {
        "accent": "color(80)", "cursor": "bold color(80)", "tab": "bold color(80)", "warn": "color(214)", "note": "color(214)",
        "note.text": "on color(235)", "dim": "color(246)", "rule": "color(238)", "danger": "bold color(203)",
        "error": "bold color(203)", "ok": "color(114)", "read": "color(80)",
    },
    "light": {
        "accent": "color(25)", "cursor": "bold color(25)", "tab": "bold color(25)", "warn": "color(94)", "note": "color(94)",
        "note.text": "on color(230)", "dim": "color(242)", "rule": "color(250)", "danger": "bold color(160)",
        "error": "bold color(160)", "ok": "color(22)", "read": "color(25)",
    },
    "contrast": {
        **_STRONG, "warn": "bold color(16) on color(226)", "danger": "bold color(231) on color(88)",
        "note": "bold color(231) on color(18)", "error": "bold color(231) on color(88)",
    },
    "mono": _ATTRIBUTES,
    "dark-16": {
        "dim": "", "cursor": "bold cyan", "warn": "bright_yellow", "note": "bright_yellow", "danger": "bold bright_red",
        "error": "bold bright_red", "ok": "bright_green",
    },
    "light-16": {
        "dim": "", "accent": "blue", "cursor": "bold blue", "tab": "bold blue", "warn": "magenta", "note": "magenta",
        "danger": "reverse red", "error": "reverse red", "ok": "", "read": "blue",
    },
    "contrast-16": _STRONG,
}  # fmt: skip
# theme -> colours of channels and labels, where they are not the terminal's own; none: they are told by their letters.
_TINTS: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "dark": (
        {
            "messenger": "color(75)", "instagram": "color(176)", "whatsapp": "color(114)", "zalo": "color(111)", "line": "color(84)",
            "telegram": "color(117)", "email": "color(221)", "livechat": "color(183)", "form": "color(79)", "sms": "color(222)",
            "voice": "color(210)",
        },
        {
            "red": "color(203)", "orange": "color(215)", "amber": "color(214)", "yellow": "color(221)", "green": "color(114)",
            "teal": "color(79)", "cyan": "color(80)", "blue": "color(111)", "purple": "color(176)", "violet": "color(183)",
            "pink": "color(218)",
        },
    ),
    "light": (
        {
            "messenger": "color(25)", "instagram": "color(127)", "whatsapp": "color(22)", "zalo": "color(19)", "line": "color(22)",
            "telegram": "color(23)", "email": "color(94)", "livechat": "color(54)", "form": "color(23)", "sms": "color(88)",
            "voice": "color(160)",
        },
        {
            "red": "color(160)", "orange": "color(94)", "amber": "color(94)", "yellow": "color(94)", "green": "color(22)",
            "teal": "color(23)", "cyan": "color(23)", "blue": "color(25)", "purple": "color(90)", "violet": "color(54)",
            "pink": "color(127)",
        },
    ),
    "dark-16": (
        {
            "messenger": "bright_cyan", "instagram": "bright_magenta", "whatsapp": "green", "zalo": "cyan",
            "line": "bright_green", "telegram": "bright_cyan", "email": "bright_yellow", "livechat": "bright_magenta",
            "form": "bright_cyan", "sms": "bright_yellow", "voice": "bright_red",
        },
        {
            "red": "bright_red", "orange": "bright_yellow", "amber": "bright_yellow", "yellow": "bright_yellow", "green": "green",
            "teal": "cyan", "cyan": "cyan", "blue": "bright_cyan", "purple": "bright_magenta", "violet": "bright_magenta",
            "pink": "bright_magenta",
        },
    ),
    "light-16": (
        {"messenger": "blue", "instagram": "magenta", "zalo": "blue", "livechat": "magenta", "voice": "red"},
        {"red": "red", "orange": "red", "blue": "blue", "purple": "magenta", "violet": "magenta", "pink": "magenta"},
    ),
    **dict.fromkeys(("contrast", "contrast-16", "mono"), ({}, {})),
}  # fmt: skip


def fitting(theme: str, colours: int) -> str:
    """The theme in what a terminal of so many colours (host.terminal.Terminal) can show."""
    if colours == 0:
        return "mono"
    return f"{theme}-16" if colours == 16 and f"{theme}-16" in _THEMES else theme


class Palette:
    """Styles by name. `theme`: auto takes the terminal's own sixteen colours, so it fits dark and light alike;
    mono uses attributes alone (`NO_COLOR`). `plain` writes every glyph that is not a letter in ASCII."""

    def __init__(self, theme: str = "auto", *, plain: bool = False) -> None:
        self.theme = theme if theme in _THEMES else "auto"
        self.plain = plain
        self._styles = {name: Style.parse(text) for name, text in {**_COMMON, **_THEMES[self.theme]}.items()}
        channels, labels = _TINTS.get(self.theme, (_CHANNELS, _LABELS))
        self._channels = {name: Style.parse(channels.get(name, "")) for name in _CHANNELS}
        self._labels = {name: Style.parse(labels.get(name, "")) for name in _LABELS} | {"grey": self._styles["dim"]}

    def __getitem__(self, name: str) -> Style:
        return self._styles[name]

    def channel(self, channel: str) -> Style:
        return self._channels.get(channel, NULL)

    def label(self, colour: str) -> Style:
        return self._labels.get(colour, self._styles["accent"])

    def glyph(self, name: str) -> str:
        fancy, plain = GLYPHS[name]
        return plain if self.plain else fancy


# name: (glyph, ASCII)
GLYPHS: Mapping[str, tuple[str, str]] = {
    "cursor": ("▌", ">"),
    "unread": ("●", "*"),
    "marked": ("◆", "+"),
    "ours": ("↩", "<"),
    "draft": ("✎", "d"),
    "note": ("✎", "N"),
    "failed": ("!", "!"),
    "clock": ("⏱", "t"),
    "file": ("📎", "@"),
    "folded": ("▸", ">"),
    "open": ("▾", "v"),
    "up": ("↑", "^"),
    "down": ("↓", "v"),
    "bar": ("▎", "|"),
    "across": ("─", "-"),
    "along": ("│", "|"),
    "tee": ("┬", "+"),
    "foot": ("┴", "+"),
    "left": ("├", "+"),
    "right": ("┤", "+"),
    "cross": ("┼", "+"),
    "online": ("●", "*"),
    "ok": ("✓", "ok"),
    "queued": ("·", "."),
    "sending": ("→", ">"),
    "sent": ("✓", "s"),
    "delivered": ("✓✓", "ss"),
    "read": ("✓◉", "rr"),
    "unknown": ("?", "?"),
    "cancelled": ("×", "x"),
    "held": ("◔", "h"),
    "ellipsis": ("…", "~"),
    "dot": ("·", "-"),
    "arrow": ("→", "->"),
    "quote": ("│", "|"),
    "phone": ("☎", "TEL"),
}
STATE_GLYPHS = ("queued", "held", "sending", "sent", "delivered", "read", "failed", "unknown", "cancelled")
