"""The query language of lists, views, search, marking, bulk and the command line.

    query   = { term | "or" }            terms beside each other must all hold; `or` (also `|`) binds weaker
    term    = ["-"] ( "(" query ")" | field | word | quotation | "#" number )
    field   = name ( ":" | "<" | "<=" | ">" | ">=" | "=" ) value { "," value }      a list means any of them
    value   = bare | quotation | low ".." high                                      an end of a range may be missing

Free words are looked up in the text of messages, all of them in one message; a quotation stands whole. A backslash takes
the next character's meaning away. `sort:a,-b` orders the whole; the minus turns a field's own direction round.
"""

from __future__ import annotations

from unibox_tui.views.query.completion import Completion, Known, complete
from unibox_tui.views.query.parser import QueryError, parse
from unibox_tui.views.query.printer import to_text

__all__ = ["Completion", "Known", "QueryError", "complete", "parse", "to_text"]
