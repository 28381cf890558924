"""Words of the interface in the reader's language. Message ids are the English texts; catalogues lie beside this file."""

from __future__ import annotations

import gettext
from pathlib import Path

LANGUAGES = ("en", "vi", "th")
_DOMAIN = "unibox"
_current: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def set_language(language: str) -> str:
    """Speak `language` ("vi", "th_TH.UTF-8" …) from now on; returns the one in use, "en" where there is no catalogue."""
    global _current, _language
    wanted = language.replace("-", "_").partition(".")[0].partition("_")[0].lower()
    _language = wanted if wanted in LANGUAGES else "en"
    _current = gettext.translation(_DOMAIN, Path(__file__).parent, languages=[_language], fallback=True)
    return _language


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
