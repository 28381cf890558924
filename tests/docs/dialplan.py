"""Just enough of Asterisk's files to read a page's examples: sections of pjsip.conf, and a walk through extensions.conf.

Patterns and expressions as Asterisk's own documentation describes them; what is not understood is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Section:
    name: str
    values: Mapping[str, str]


def sections(text: str) -> list[Section]:
    """In order; a name may come several times, as in pjsip.conf."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in lines(text):
        if line.startswith("["):
            found.append((line.strip("[]"), {}))
        else:
            name, equals, value = line.partition("=")
            assert equals, line
            found[-1][1][name.strip()] = value.strip()
    return [Section(name, values) for name, values in found]


def lines(text: str) -> list[str]:
    return [clean for line in text.splitlines() if (clean := line.split(";")[0].strip())]


@dataclass(frozen=True)
class Step:
    label: str
    app: str
    args: str


@dataclass
class Plan:
    contexts: dict[str, dict[str, list[Step]]] = field(default_factory=dict)
    globals: dict[str, str] = field(default_factory=dict)


@dataclass
class Ended:
    """How a walk ended: the last application and its argument, and the variables set on the way."""

    app: str
    args: str
    variables: dict[str, str]


_STEP = re.compile(r"(?:exten => (?P<exten>[^,]+),1|same => n(?:\((?P<label>\w+)\))?),(?P<app>\w+)\((?P<args>.*)\)$")


def plan(text: str) -> Plan:
    found = Plan()
    context, exten = "", ""
    for line in lines(text):
        if line.startswith("["):
            context, exten = line.strip("[]"), ""
            found.contexts.setdefault(context, {})
        elif context == "globals":
            name, _, value = line.partition("=")
            found.globals[name.strip()] = value.strip()
        else:
            step = _STEP.match(line)
            assert step is not None, f"not understood: {line}"
            exten = step["exten"] or exten
            assert exten, f"no extension before: {line}"
            at = found.contexts[context].setdefault(exten, [])
            assert bool(step["exten"]) == (not at), f"twice: {line}"
            at.append(Step(step["label"] or "", step["app"], step["args"]))
    return found


_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}
_SPECIFIC = {"N": 8, "Z": 9, "X": 10, ".": 100, "!": 101}


def fitting(context: Mapping[str, list[Step]], number: str) -> str:
    """The extension Asterisk takes: the one spelt out, else the narrowest pattern."""
    if number in context:
        return number
    fits = [
        one
        for one in context
        if one.startswith("_") and re.fullmatch("".join(_CLASSES.get(c, re.escape(c)) for c in one[1:]), number)
    ]
    assert fits, f"no extension for {number}"
    return min(fits, key=lambda one: [_SPECIFIC.get(c, 1) for c in one[1:]])


def walk(found: Plan, context: str, number: str) -> Ended:
    """From this extension on until somebody is dialled or it hangs up."""
    variables: dict[str, str] = {}
    place = 0
    for _ in range(50):
        steps = found.contexts[context][fitting(found.contexts[context], number)]
        assert place < len(steps), f"{context},{number} ends without an application"
        step = steps[place]
        args = filled(step.args, {**found.globals, **variables, "EXTEN": number})
        if step.app == "Set":
            name, _, value = args.partition("=")
            variables[name] = value
            place += 1
        elif step.app == "GotoIf":
            place = _branch(steps, args)
        elif step.app == "Goto":
            context, number, priority = args.split(",")
            assert priority == "1"
            place = 0
        else:
            assert step.app in ("Dial", "Hangup"), step.app
            return Ended(step.app, args, variables)
    raise AssertionError(f"{context},{number} goes round and round")


def _branch(steps: list[Step], args: str) -> int:
    asked = re.fullmatch(r'\$\["([^"]*)" = "([^"]*)"\]\?(\w+):(\w+)', args)
    assert asked is not None, args
    label = asked[3] if asked[1] == asked[2] else asked[4]
    return next(n for n, step in enumerate(steps) if step.label == label)


def filled(text: str, variables: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:offset}`, `${NAME:offset:length}`; negative ones count from the end."""

    def one(found: re.Match[str]) -> str:
        value, start = variables[found[1]], int(found[2] or 0)
        rest = value[start:]
        return rest if found[3] is None else rest[: int(found[3])]

    return re.sub(r"\$\{(\w+)(?::(-?\d+))?(?::(-?\d+))?\}", one, text)
