"""The widget as one script: the readable source in `static/`, without comments and indentation, with the inbox's settings."""

from __future__ import annotations

import hashlib
import json
import re
import string
from functools import lru_cache
from importlib import resources

from unibox_tui.connectors.livechat import ASKABLE, LivechatSettings
from unibox_tui.web.inboxes import WebInbox

_COLOUR = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?")
DEFAULT_COLOUR = "#0b5fad"


@lru_cache(maxsize=1)
def source() -> str:
    """The small form of widget.js with its style inside, and `__CONFIG__` still open."""
    folder = resources.files("unibox_tui.web").joinpath("static")
    script = small_script(folder.joinpath("widget.js").read_text("utf-8"))
    style = small_style(folder.joinpath("widget.css").read_text("utf-8"))
    return script.replace("__STYLE__", json.dumps(style))


# Names of the source that are never written as shorthand properties; their short forms occur nowhere else in it.
_LONG_NAMES = (  # noqa: SIM905
    "message frame make config session event file say pending tell lines unread input wanted label answer welcome log "
    "launcher fields tries queue place told showPending picker person element connect transmit stops panel kept authorised "
    "memory broken waiting unqueue send match looking download toggle ticks newest later cursor barred keep attributes boxes "
    "language status change children bubble refused missing typed linked user host root style away clip form shut badge "
    "after agent time stay isNew next first count tick what box value bytes hear heard lost opened edge ask post poll hello "
    "read mine wrong other atEnd last theirs"
).split()
_LETTERS = string.ascii_letters.replace("n", "")
_SHORT_NAMES = dict(zip(_LONG_NAMES, [*_LETTERS, *(f"${letter}" for letter in _LETTERS)], strict=False))
_NAME = re.compile(r"(?:(?<![\w$.])|(?<=\.\.\.))(?:" + "|".join(_LONG_NAMES) + r")(?![\w$])")
_LITERAL = re.compile(r'("(?:[^"\\]|\\.)*"|(?<=[(,])/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\]|\\.)*\])+/\w*)')


def small_script(text: str) -> str:
    """Without whole-line comments, the space nobody needs and long names.

    The source keeps to this: double quotes only, a semicolon after every statement, regular expressions only as arguments.
    """
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))
    parts = _LITERAL.split(code)
    for index in range(0, len(parts), 2):
        tight = re.sub(r" ?([{}()\[\];,:?=<>+*&|!]) ?", r"\1", re.sub(r"\s+", " ", parts[index]))
        parts[index] = _NAME.sub(_shortened, tight)
    return "".join(parts).replace(";}", "}").strip()


def _shortened(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    is_key = text[end : end + 1] == ":" and text[start - 1 : start] in ("{", ",", "")
    return match[0] if is_key else _SHORT_NAMES[match[0]]


def small_style(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,>]) ?", r"\1", text).replace(": ", ":").replace(";}", "}").strip()


@lru_cache(maxsize=1)
def words() -> dict[str, dict[str, str]]:
    """Language -> the widget's own words."""
    found: dict[str, dict[str, str]] = json.loads(
        resources.files("unibox_tui.web").joinpath("static", "words.json").read_text("utf-8")
    )
    return found


def choose_language(asked: str, accepted: str, default: str) -> str:
    """The one asked for in the address, else the browser's first that we speak, else the inbox's."""
    known = words()
    ranked = sorted(
        (part.partition(";q=") for part in accepted.lower().replace(" ", "").split(",")),
        key=lambda part: -_quality(part[2]),
    )
    wishes = [asked, *(part[0] for part in ranked), default]
    return next((wish[:2].lower() for wish in wishes if wish[:2].lower() in known), "en")


def _quality(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def script(inbox: WebInbox, settings: LivechatSettings, language: str) -> tuple[str, str]:
    """(the script of this inbox in that language, its ETag)."""
    config = {
        "inbox": inbox.name,
        "title": inbox.title,
        "colour": settings.colour if _COLOUR.fullmatch(settings.colour) else DEFAULT_COLOUR,
        "lang": language,
        "words": words()[language],
        "greeting": settings.greeting,
        "away": settings.away_text,
        "ask": [what for what in ASKABLE if what in settings.ask],
        "askAway": [what for what in ASKABLE if what in settings.ask_away],
        "limit": settings.text_limit,
        "files": settings.attachment_limit,
    }
    text = source().replace("__CONFIG__", json.dumps(config, ensure_ascii=False, separators=(",", ":")))
    return text, f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
