"""Custom fields of a contact: what a workspace wants to know of its customers, typed and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say

FieldType = Literal["text", "number", "date", "yesno", "choice", "phone", "email", "url"]
LONGEST = 2_000
_NAME = re.compile(r"[^\W\d_][\w \-]{0,39}")
_YES, _NO = frozenset(("yes", "true", "1", "có", "ใช่")), frozenset(("no", "false", "0", "không", "ไม่"))


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of the workspace. `choices` only of `choice`; `title` is its name for people."""

    name: str
    type: FieldType = "text"
    choices: tuple[str, ...] = ()
    title: str = ""


def checked(name: str, said: str, rules: Mapping[str, FieldRule] | None = None) -> str:
    """The value as it is kept: a number plain, a date as 2026-05-01, yes or no. "" takes it away.

    With `rules` only their fields exist; without, any name is a text. Raises WrongUse naming the field.
    """
    value = " ".join(said.split())
    if len(value) > LONGEST:
        raise WrongUse(say("{name}: that is too long.", name=name), hint=say("At most {n} characters.", n=LONGEST))
    if rules:
        rule = rules.get(name)
        if rule is None:
            known = ", ".join(rules)
            raise WrongUse(say("There is no field {name!r}.", name=name), hint=say("There are: {names}.", names=known))
    else:
        if _NAME.fullmatch(name) is None:
            raise WrongUse(
                say("{name!r} is no name of a field.", name=name), hint="Letters first, at most 40 characters."
            )
        rule = FieldRule(name)
    return _typed(rule, value) if value else ""


def _typed(rule: FieldRule, value: str) -> str:
    match rule.type:
        case "number":
            clean = value.replace(" ", "").replace(",", ".")
            if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,6})?", clean, re.ASCII) is None:
                raise WrongUse(say("{name}: that is no number.", name=rule.name), hint="As 12 or 12.5.")
            return clean
        case "date":
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                raise WrongUse(say("{name}: that is no date.", name=rule.name), hint="As 2026-05-01.") from None
        case "yesno":
            word = value.casefold()
            if word not in _YES | _NO:
                raise WrongUse(say("{name}: yes or no?", name=rule.name))
            return "yes" if word in _YES else "no"
        case "choice":
            known = {choice.casefold(): choice for choice in rule.choices}
            if value.casefold() not in known:
                names = ", ".join(rule.choices)
                raise WrongUse(
                    say("{name}: that is none of the choices.", name=rule.name),
                    hint=say("There are: {names}.", names=names),
                )
            return known[value.casefold()]
        case "phone":
            clean = re.sub(r"[\s().\-]", "", value)
            if re.fullmatch(r"\+?\d{8,15}", clean, re.ASCII) is None:
                raise WrongUse(say("{name}: that is no phone number.", name=rule.name), hint="As 0912345678.")
            return clean
        case "email":
            if re.fullmatch(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+", value) is None:
                raise WrongUse(say("{name}: that is no e-mail address.", name=rule.name))
            return value.lower()
        case "url":
            if re.fullmatch(r"https?://[^\s/]+\S*", value) is None:
                raise WrongUse(say("{name}: that is no web address.", name=rule.name), hint="As https://….")
            return value
    return value
