"""How readable each theme is, by the figures of WCAG 2: text wants 4.5 to 1, high contrast 7 to 1."""

from __future__ import annotations

import pytest
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.style import Style

from unibox_tui.host.terminal import guess
from unibox_tui.widgets.palette import _CHANNELS, _COMMON, _LABELS, _THEMES, Palette, fitting

RGB = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
# The sixteen as xterm and as the Linux console draw them.
XTERM: tuple[RGB, ...] = (
    BLACK, (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255), WHITE,
)  # fmt: skip
CONSOLE: tuple[RGB, ...] = (
    BLACK, (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170),
    (85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85), (85, 85, 255), (255, 85, 255), (85, 255, 255), WHITE,
)  # fmt: skip
# What is drawn, not read: lines between panes.
LINES = {"rule"}
# theme: (text, background) it may stand on
GROUNDS: dict[str, tuple[tuple[RGB, RGB], ...]] = {
    "dark": (((229, 229, 229), BLACK), ((204, 204, 204), (30, 30, 30))),
    "light": ((BLACK, WHITE), ((60, 60, 60), (253, 246, 227))),
    "contrast": ((WHITE, BLACK), (BLACK, WHITE)),
    "dark-16": (((229, 229, 229), BLACK), ((170, 170, 170), BLACK)),
    "light-16": ((BLACK, WHITE),),
    "contrast-16": ((WHITE, BLACK), (BLACK, WHITE)),
}
LEAST = {"contrast": 7.0, "contrast-16": 7.0}
CASES = [(theme, ground) for theme, grounds in GROUNDS.items() for ground in grounds]


def luminance(colour: RGB) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: RGB, other: RGB) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def shown(colour: Color | None, default: RGB, sixteen: tuple[RGB, ...], *, bold: bool = False) -> set[RGB]:
    """What a terminal makes of it; a bold one of the first eight is drawn bright by many."""
    if colour is None or colour.is_default:
        return {default}
    assert colour.number is not None
    if colour.number < 16:
        return {sixteen[colour.number], sixteen[colour.number + 8 * (bold and colour.number < 8)]}
    return {tuple(ColorTriplet(*colour.get_truecolor()))}  # type: ignore[arg-type]


def least(style: Style, text: RGB, ground: RGB) -> float:
    found = []
    for sixteen in (XTERM, CONSOLE):
        above = shown(style.color, text, sixteen, bold=bool(style.bold))
        below = shown(style.bgcolor, ground, sixteen)
        found += [ratio(one, other) for one in above for other in below]
    return min(found)


def test_the_figures_themselves() -> None:
    assert ratio(BLACK, WHITE) == pytest.approx(21)
    assert ratio((118, 118, 118), WHITE) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("theme", "ground"), CASES, ids=[f"{theme}{ground[1]}" for theme, ground in CASES])
def test_everything_that_is_read_is_readable(theme: str, ground: tuple[RGB, RGB]) -> None:
    palette = Palette(theme)
    assert palette.theme == theme
    wanted = LEAST.get(theme, 4.5)
    styles = {name: palette[name] for name in _COMMON if name not in LINES}
    styles |= {f"channel {name}": palette.channel(name) for name in _CHANNELS}
    styles |= {f"label {name}": palette.label(name) for name in (*_LABELS, "grey", "")}
    figures = {name: round(least(style, *ground), 2) for name, style in styles.items()}
    assert {name: figure for name, figure in figures.items() if figure < wanted} == {}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_note_is_readable_on_its_tint(theme: str) -> None:
    palette = Palette(theme)
    for text, _ground in GROUNDS[theme]:
        for name in ("text", "dim", "note", "accent", "link"):
            assert least(palette["note.text"] + palette[name], text, WHITE) >= 4.5, name


@pytest.mark.parametrize("theme", [name for name in _THEMES if name.endswith("-16") or name in ("auto", "mono")])
def test_a_terminal_of_sixteen_colours_is_asked_for_no_more(theme: str) -> None:
    palette = Palette(theme)
    styles = [palette[name] for name in _COMMON] + [palette.channel(name) for name in _CHANNELS]
    styles += [palette.label(name) for name in (*_LABELS, "grey")]
    for style in styles:
        for colour in (style.color, style.bgcolor):
            assert colour is None or colour.downgrade(ColorSystem.STANDARD) == colour


@pytest.mark.parametrize(
    ("environ", "theme", "fits"),
    [
        ({"TERM": "xterm-256color"}, "dark", "dark"),
        ({"TERM": "xterm-16color"}, "dark", "dark-16"),
        ({"TERM": "xterm-16color"}, "light", "light-16"),
        ({"TERM": "linux"}, "contrast", "contrast-16"),
        ({"TERM": "linux"}, "auto", "auto"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "light", "light"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "light", "mono"),
        ({"TERM": "vt100"}, "dark", "mono"),
    ],
)
def test_the_theme_fits_the_terminal(environ: dict[str, str], theme: str, fits: str) -> None:
    assert fitting(theme, guess(environ, "utf-8").colours) == fits
