"""The query language of lists, views, search, marking, bulk and the command line.

    query   = { term | "or" }            terms beside each other must all hold; `or` (also `|`) binds weaker
    term    = ["-"] ( "(" query ")" | field | word | quotation | "#" number )
    field   = name ( ":" | "<" | "<=" | ">" | ">=" | "=" ) value { "," value }      a list means any of them
    value   = bare | quotation | low ".." high                                      an end of a range may be missing

Free words are looked up in the text of messages, all of them in one message; a quotation stands whole. A backslash takes
the next character's meaning away. `sort:a,-b` orders the whole; the minus turns a field's own direction round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unibox_tui.views.query.parser import QueryError, parse

if TYPE_CHECKING:
    from unibox_tui.views.query.completion import Completion, Known, complete
    from unibox_tui.views.query.printer import to_text

__all__ = ["Completion", "Known", "QueryError", "complete", "parse", "to_text"]


def __getattr__(name: str) -> Any:
    """What a plain reading of the list does not need is loaded when it is asked for."""
    if name not in __all__:
        raise AttributeError(name)
    from unibox_tui.views.query import completion, printer

    return getattr(printer if name == "to_text" else completion, name)
