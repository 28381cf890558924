"""Stored answers as texts with holes: variables, conditions, places for the caret, several bubbles.

`{given}` is filled in; `{if title=chị}…{else}…{end}` and `{if !order}…{end}` choose; `{|}` is where the caret goes and
`{|size}` a hole to be filled by hand, which stands as `‹size›`; a line of `---` parts two bubbles. What cannot be filled
stays as it is written, so that it can be seen, jumped to, and refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NAMES = (
    "name", "given", "title", "customer", "self", "polite", "ask", "agent", "number", "inbox", "phone", "email", "order", "language",
)  # fmt: skip
BUBBLE = "---"
KINDS = ("chat", "sms", "mail")

_PIECE = re.compile(
    r"\{(?:if (?P<no>!?)(?P<asked>[a-z]+)(?:=(?P<value>[^{}\n]{0,40}))?|(?P<word>else|end)|\|(?P<stop>[^{}|\n]{0,40})|(?P<name>\w+))\}"
)
_HOLE = re.compile(r"‹[^‹›\n]{0,60}›")
_OPEN = re.compile(rf"‹[^‹›\n]{{0,60}}›|\{{(?:{'|'.join(NAMES)}|if [^{{}}\n]{{1,60}}|else|end|\|[^{{}}\n]{{0,40}})\}}")
_BREAK = re.compile(rf"\n*^[ \t]*{BUBBLE}[ \t]*$\n*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Filled:
    """`missing`: variables that could not be filled. `stops`: places in `text` where the caret goes, besides its holes."""

    text: str
    missing: tuple[str, ...] = ()
    stops: tuple[int, ...] = ()


def fill(text: str, known: Mapping[str, str], *, deciding: Mapping[str, str] | None = None) -> Filled:
    """`text` with what is known; `deciding`: what conditions ask instead. One that is not closed goes to the end."""
    asked = known if deciding is None else deciding
    out: list[str] = []
    missing: list[str] = []
    stops: list[int] = []
    showing = [True]
    at = length = 0

    def put(piece: str) -> None:
        nonlocal length
        if showing[-1]:
            out.append(piece)
            length += len(piece)

    for match in _PIECE.finditer(text):
        put(text[at : match.start()])
        at = match.end()
        if match["asked"]:
            showing.append(showing[-1] and _holds(asked.get(match["asked"], ""), match["value"]) != bool(match["no"]))
        elif match["word"] and len(showing) == 1:
            put(match[0])
        elif match["word"] == "end":
            showing.pop()
        elif match["word"]:
            showing[-1] = showing[-2] and not showing[-1]
        elif match["stop"] is not None:
            if match["stop"]:
                put(f"‹{match['stop']}›")
            elif showing[-1]:
                stops.append(length)
        elif match["name"] in known and (known[match["name"]] or match["name"] in _MAY_BE_NOTHING):
            put(known[match["name"]])
        else:
            if showing[-1]:
                missing.append(match["name"])
            put(match[0])
    put(text[at:])
    return Filled("".join(out), tuple(dict.fromkeys(missing)), tuple(stops))


_MAY_BE_NOTHING = frozenset(("polite", "ask"))


def _holds(value: str, wanted: str | None) -> bool:
    return bool(value) if wanted is None else value.casefold() == wanted.strip().casefold()


def unresolved(text: str) -> tuple[str, ...]:
    """What still stands open in a text that is about to be sent: variables and holes, as written."""
    return tuple(dict.fromkeys(match[0] for match in _OPEN.finditer(text)))


def holes(text: str) -> list[tuple[int, int]]:
    """Where they stand."""
    return [match.span() for match in _OPEN.finditer(text)]


def as_holes(text: str, gap: str) -> str:
    """`gap`, where another customer's particulars were taken out, as a hole to fill by hand."""
    return text.replace(gap, "‹…›")


def bubbles(text: str) -> list[str]:
    """The messages it is to be sent as, in order."""
    return [part for part in _BREAK.split(text) if part.strip()]


def as_one(text: str) -> str:
    """For a letter: what would be bubbles are paragraphs."""
    return "\n\n".join(part.strip("\n") for part in bubbles(text))


def readings(text: str) -> list[str]:
    """The texts an answer made of it may look like: either side of its conditions, each of its bubbles."""
    names = {match["asked"]: match["value"] for match in _PIECE.finditer(text) if match["asked"]}
    sides = [text]
    if names:
        ways: tuple[dict[str, str], ...] = ({}, {name: value or "yes" for name, value in names.items()})
        sides = [fill(text, {}, deciding=way).text for way in ways]
    found = [part for side in sides for part in ([side, *bubbles(side)] if len(bubbles(side)) > 1 else [side])]
    return list(dict.fromkeys(part for part in found if part.strip()))


def numbered(text: str, buttons: Sequence[str]) -> str:
    """Buttons for a channel that has none: numbered lines below the text."""
    if not buttons:
        return text
    lines = "\n".join(f"{n}. {button}" for n, button in enumerate(buttons, 1))
    return f"{text.rstrip()}\n{lines}" if text.strip() else lines


def moved(stops: Sequence[int], before: str, after: str) -> tuple[int, ...]:
    """Where these places are after `before` was edited into `after`; those inside what was taken out are gone."""
    start = 0
    least = min(len(before), len(after))
    while start < least and before[start] == after[start]:
        start += 1
    tail = 0
    while tail < least - start and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    end = len(before) - tail
    grown = len(after) - len(before)
    return tuple(stop if stop <= start else stop + grown for stop in stops if stop <= start or stop >= end)
