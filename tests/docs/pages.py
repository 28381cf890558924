"""The pages of the documentation, and what stands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted(
    path for path in (ROOT / "README.md", ROOT / "AGENTS.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"))
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text(path: Path) -> str:
    return path.read_text("utf-8")


def blocks(path: Path, *languages: str) -> list[str]:
    return [body for language, body in _FENCE.findall(text(path)) if language in languages]


def spans(path: Path) -> list[str]:
    """What stands in `code` outside of blocks; a span may be broken over two lines."""
    outside = _FENCE.sub("", text(path))
    return [span.replace("\n", " ") for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", outside)]


_CALL = re.compile(r"^(?:.*\|\s*)?(?:sudo -H -u unibox )?unibox(?: (?P<words>.*))?$")


def commands(path: Path) -> Iterator[list[str]]:
    """Every `unibox …` of shell blocks and of code in the text, as words after `unibox`."""
    lines = [line for block in blocks(path, "sh", "bash") for line in block.replace("\\\n", " ").splitlines()]
    for line in [*lines, *(span for span in spans(path) if span.startswith(("unibox ", "UNIBOX_DEBUG=1 unibox")))]:
        if found := _CALL.match(line.partition(" #")[0].strip()):
            yield _words(found["words"] or "")


def _words(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    ends = [index for index, word in enumerate(words) if word in ("|", ">", "&&", ";")]
    return words[: ends[0]] if ends else words
