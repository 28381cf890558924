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
_THEMES: Mapping[str, Mapping[str, str]] = {
    "auto": {},
    # Tints need a background that is known.
    "dark": {"accent": "color(80)", "cursor": "bold color(80)", "tab": "bold color(80)", "warn": "color(214)", "note": "color(214)", "note.text": "on color(235)", "dim": "color(245)", "rule": "color(238)"},
    "light": {"accent": "color(25)", "cursor": "bold color(25)", "tab": "bold color(25)", "warn": "color(130)", "note": "color(130)", "note.text": "on color(230)", "dim": "color(242)", "rule": "color(250)", "danger": "bold color(160)"},
    "contrast": {"dim": "", "rule": "", "accent": "bold underline", "cursor": "reverse bold", "tab": "reverse bold", "note.text": "bold", "warn": "bold yellow"},
    "mono": {"accent": "bold", "cursor": "bold", "warn": "bold", "danger": "bold reverse", "note": "bold", "read": "bold", "ok": "", "error": "bold reverse", "tab": "reverse"},
}  # fmt: skip


class Palette:
    """Styles by name. `theme`: auto takes the terminal's own sixteen colours, so it fits dark and light alike;
    mono uses attributes alone (`NO_COLOR`). `plain` writes every glyph that is not a letter in ASCII."""

    def __init__(self, theme: str = "auto", *, plain: bool = False) -> None:
        self.theme = theme if theme in THEMES else "auto"
        self.plain = plain
        self._styles = {name: Style.parse(text) for name, text in {**_COMMON, **_THEMES[self.theme]}.items()}
        self._colours = self.theme != "mono"
        self._channels = {name: self._coloured(colour) for name, colour in _CHANNELS.items()}
        self._labels = {name: self._coloured(colour) for name, colour in _LABELS.items()}

    def __getitem__(self, name: str) -> Style:
        return self._styles[name]

    def channel(self, channel: str) -> Style:
        return self._channels.get(channel, NULL)

    def label(self, colour: str) -> Style:
        return self._labels.get(colour, self._styles["accent"])

    def glyph(self, name: str) -> str:
        fancy, plain = GLYPHS[name]
        return plain if self.plain else fancy

    def _coloured(self, colour: str) -> Style:
        return Style(color=colour) if self._colours else NULL


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
    "read": ("✓✓", "rr"),
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
