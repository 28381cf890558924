"""Words of the interface in the reader's language. Message ids are the English texts; catalogues lie beside this file.

`make messages` takes the ids out of the source, merges them into the .po files and compiles those.
"""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unibox_tui.domain.saying import Said

LANGUAGES = ("en", "vi", "th")
_DOMAIN = "unibox"
_current: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def set_language(language: str) -> str:
    """Speak `language` ("vi", "th_TH.UTF-8" …) from now on; returns the one in use, "en" where there is no catalogue."""
    wanted = language.replace("-", "_").partition(".")[0].partition("_")[0].lower()
    known = wanted if wanted in LANGUAGES else "en"
    speak(known, gettext.translation(_DOMAIN, Path(__file__).parent, languages=[known], fallback=True))
    return _language


def speak(language: str, catalogue: gettext.NullTranslations) -> None:
    """Take the texts from `catalogue` from now on."""
    global _current, _language
    _current, _language = catalogue, language


def language() -> str:
    return _language


def _(message: str) -> str:
    """`message` in the current language. Fill placeholders in *after* the look-up: `_("to {who}").format(who=…)`."""
    return _current.gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form for `count`, with `{n}` filled in."""
    return _current.ngettext(one, many, count).format(n=count)


def N_(message: str) -> str:
    """Mark a text for the catalogue that is translated where it is shown."""
    return message


def term(kind: str, word: str) -> str:
    """A word that the data carries ("open", "failed"), for reading; `kind` tells words apart that are the same in English.

    The words are those of `locale.terms`; others are shown as they are.
    """
    return _current.pgettext(kind, word) if word else ""


def translated(text: str) -> str:
    """A sentence of the desk, or the message of an error, in the current language; a text nobody knows stays as it is."""
    template = getattr(text, "template", None)
    return _(text) if template is None else _again(text)  # type: ignore[arg-type]


def _again(said: Said) -> str:
    args = {
        name: translated(arg) if isinstance(arg, str) and hasattr(arg, "template") else arg
        for name, arg in said.args.items()
    }
    form = _current.ngettext(said.template, said.many, said.args["n"]) if said.many else _(said.template)
    return form.format(**args)
