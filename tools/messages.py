"""Keeps the catalogues in step with the source: extracts, merges into the .po files, compiles the .mo files.

`python tools/messages.py` does all three; `--check` writes nothing and exits with 1 when something is out of step.

A message id is the literal in `_`, `N_`, `say`, `ngettext`, `say_count`; a literal message or hint of an error that a
person reads, or summary of a `Done`; and every word of `locale/terms.py`, with its kind as the context.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from unibox_tui.locale.terms import TERMS

PACKAGE = Path(__file__).resolve().parent.parent / "unibox_tui"
LANGUAGES = ("vi", "th")
MARKS = {"_", "N_", "N", "say"}
COUNTED = {"ngettext", "say_count"}
SAID = {
    "UniboxError", "WrongUse", "NotFound", "Conflict", "Refused", "CommandFailed", "DamagedFile", "QueryError",
    "StoreUnwritable", "StoreMoved", "SearchTooShort", "Done", "fail",
    "Misconfigured", "CredentialsRejected", "SendRejected", "Transient", "RateLimited", "OutcomeUnknown",
}  # fmt: skip
# Rooms whose texts a terminal screen never shows: the command line and what is set up with it.
ELSEWHERE = (
    "cli",
    "sandbox",
    "web",
    "config",
    "service",
    "locale",
    "learning",
    "sync/importing",
    "store/interchange",
    "connectors/email/settings.py",
)
HEADER = "# Texts of unibox. Made by tools/messages.py: translate the msgstr, then run `make messages`."
_NOISE = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Generated-By',
    b'"Last-Tr',
    b'"Language-Team',
    b'"Report-Msgid',
)
_NO_DATE = datetime(2025, 1, 1, tzinfo=UTC)

Found = tuple[str | tuple[str, str], str]  # (id or (one, many), context)


def found_in(source: str) -> Iterator[Found]:
    """The messages of one file."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in COUNTED:
            one, many = literals(node.args[0]), literals(node.args[1])
            if one and many:
                yield (one[0], many[0]), ""
        elif name in MARKS and node.args:
            yield from ((text, "") for text in literals(node.args[0]))
        elif name in SAID:
            hints = [word.value for word in node.keywords if word.arg == "hint"]
            yield from ((text, "") for part in (*node.args[:1], *hints) for text in literals(part))


def literals(node: ast.expr) -> list[str]:
    """The texts a literal, or a choice between literals, may be; nothing for anything else and for ""."""
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []


def files() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if not path.relative_to(PACKAGE)
        .as_posix()
        .startswith(tuple(room if room.endswith(".py") else f"{room}/" for room in ELSEWHERE))
    ]


def extract() -> Catalog:
    template = Catalog(project="unibox", charset="utf-8")
    for path in files():
        for id, context in found_in(path.read_text(encoding="utf-8")):
            template.add(id, locations=[(path.relative_to(PACKAGE.parent).as_posix(), 0)], context=context or None)
    for kind, words in TERMS.items():
        for word in words:
            template.add(word, locations=[("unibox_tui/locale/terms.py", 0)], context=kind)
    return template


def folder(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES"


def merged(language: str, template: Catalog) -> Catalog:
    """The catalogue as it stands with the template's messages: new ones untranslated, those no longer used dropped."""
    path = folder(language) / "unibox.po"
    catalogue = Catalog(locale=language, domain="unibox", project="unibox", charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, domain="unibox")
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = HEADER
    catalogue.project, catalogue.version = "unibox", ""
    catalogue.creation_date = catalogue.revision_date = _NO_DATE
    catalogue.last_translator = catalogue.language_team = catalogue.msgid_bugs_address = ""
    catalogue.fuzzy = False
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalogue, width=120, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    return b"".join(line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(_NOISE))


def as_mo(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    def empty(text: object) -> bool:
        return not all(text) if isinstance(text, tuple | list) else not text

    return [str(message.id) for message in catalogue if message.id and empty(message.string)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something is out of step")
    check: bool = parser.parse_args().check
    template = extract()
    wrong = 0
    for language in LANGUAGES:
        catalogue = merged(language, template)
        missing = untranslated(catalogue)
        for path, content in (
            (folder(language) / "unibox.po", as_po(catalogue)),
            (folder(language) / "unibox.mo", as_mo(catalogue)),
        ):
            if path.exists() and path.read_bytes() == content:
                continue
            if check:
                print(f"{path} is old: run `make messages`.", file=sys.stderr)
                wrong += 1
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        for id in missing:
            print(f"{language}: not translated: {id}", file=sys.stderr)
        wrong += len(missing)
        print(f"{language}: {len(catalogue)} texts, {len(missing)} not translated")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
