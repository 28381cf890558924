"""Sentences that can be said in another language later.

Whoever refuses or reports something says it in English with `say`. The result is a `str`, for logs and scripts; it also
remembers its template and arguments, so that `locale.translated` can say it in the reader's language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_KEPT = '{"say":'


class Said(str):
    """`many` is the plural template of a counted sentence, whose number is the argument `n`; `kind` that of a term."""

    __slots__ = ("args", "kind", "many", "template")
    template: str
    kind: str
    many: str
    args: Mapping[str, Any]


def say(template: str, **args: Any) -> Said:
    """`template` with `{name}` filled in; an argument may be another such sentence."""
    return _said(template, args)


def say_count(one: str, many: str, n: int, **args: Any) -> Said:
    """`one` when `n` is 1, else `many`; `{n}` is the number."""
    return _said(one, {"n": n, **args}, many=many)


def say_term(kind: str, word: str) -> Said:
    """A word of `locale.terms`."""
    return _said(word, {}, kind=kind)


def sentence(text: str) -> str:
    """A text without values as a sentence of its own, to stand within another."""
    return text if isinstance(text, Said) or set(text) & set("{}") else _said(text, {})


def keep(text: str) -> str:
    """For a text column: a sentence keeps what it remembers."""
    return json.dumps(_parts(text), ensure_ascii=False) if isinstance(text, Said) else text


def kept(text: str) -> str:
    """What `keep` made, as it was."""
    if not text.startswith(_KEPT):
        return text
    try:
        return _again(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        return text  # somebody's own words that begin alike


def _said(template: str, args: Mapping[str, Any], *, many: str = "", kind: str = "") -> Said:
    said = Said((template if not many or args["n"] == 1 else many).format(**args))
    said.template, said.many, said.kind, said.args = template, many, kind, args
    return said


def _parts(text: Said) -> dict[str, Any]:
    args = {name: _parts(arg) if isinstance(arg, Said) else _plain(arg) for name, arg in text.args.items()}
    return {"say": text.template, "many": text.many, "kind": text.kind, "args": args}


def _plain(arg: Any) -> Any:
    """As JSON can hold it: a path or an error is what it says."""
    return arg if arg is None or isinstance(arg, str | int | float) else str(arg)


def _again(parts: Mapping[str, Any]) -> Said:
    args = {name: _again(arg) if isinstance(arg, dict) else arg for name, arg in parts["args"].items()}
    return _said(parts["say"], args, many=parts["many"], kind=parts["kind"])
