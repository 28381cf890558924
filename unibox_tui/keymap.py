"""From keys to actions: the table's keys with a person's own in their place. Pure; no screen is needed to test it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from unibox_tui.actions import ACTIONS, BY_ID, Action, Context
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say

MOST_COUNT = 9_999
PLACES = ("view:", "channel:")  # keys that hold in one view, or on conversations of one channel
_SHORT = {"escape": "Esc", "pagedown": "PgDn", "pageup": "PgUp", "delete": "Del"}
_MODIFIER = re.compile(r"^(c|ctrl|control|a|alt|m|meta|s|shift)[-+](?=.)", re.IGNORECASE)
_MODIFIER_NAMES = {"c": "ctrl", "control": "ctrl", "a": "alt", "m": "alt", "meta": "alt", "s": "shift"}
_NAMES = {
    "return": "enter", "esc": "escape", "spc": "space", "pgdn": "pagedown", "pgup": "pageup", "page-down": "pagedown",
    "page-up": "pageup", "del": "delete", "bs": "backspace", "slash": "/", "colon": ":", "question_mark": "?", "backtab": "shift+tab",
}  # fmt: skip


def normal_key(key: str) -> str:
    """One key as we write it: "Ctrl-R", "C-r" and "ctrl+r" are "ctrl+r"; a single character is itself."""
    if len(key) == 1:
        return "space" if key == " " else key
    modifiers: list[str] = []
    rest = key
    while found := _MODIFIER.match(rest):
        name = found[1].lower()
        modifiers.append(_MODIFIER_NAMES.get(name, name))
        rest = rest[found.end() :]
    rest = rest if len(rest) == 1 and "ctrl" not in modifiers else rest.lower()
    rest = _NAMES.get(rest, rest)
    return "+".join([*sorted(set(modifiers)), rest])


def normal_chord(chord: str) -> tuple[str, ...]:
    """"g a" -> ("g", "a")."""  # fmt: skip
    return tuple(normal_key(key) for key in chord.split())


def shown_key(key: str) -> str:
    """A key as people write it: "Ctrl-R", "Enter", "?"."""
    parts = key.split("+") if len(key) > 1 else [key]
    names = [
        _SHORT.get(part) or part.capitalize() if len(part) > 1 else (part.upper() if "ctrl" in parts else part)
        for part in parts
    ]
    return "-".join(names)


def shown_chord(chord: Sequence[str]) -> str:
    return " ".join(shown_key(key) for key in chord)


@dataclass(frozen=True, slots=True)
class Run:
    action: Action
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """More keys are awaited. `timed`: what was typed is already an action; take it when nothing follows shortly."""

    typed: tuple[str, ...]
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    typed: tuple[str, ...]


class Keymap:
    """Chords to actions by context, and the reverse for help."""

    def __init__(self, chords: Mapping[Context, Mapping[tuple[str, ...], Action]]) -> None:
        self._chords = chords
        self._beginnings: dict[Context, set[tuple[str, ...]]] = {
            context: {chord[:n] for chord in of for n in range(1, len(chord))} for context, of in chords.items()
        }
        self._of_action: dict[str, list[tuple[str, ...]]] = {}
        for of in chords.values():
            for chord, action in of.items():
                known = self._of_action.setdefault(action.id, [])
                if chord not in known:
                    known.append(chord)

    @classmethod
    def build(cls, own: Mapping[str, str | Sequence[str]] | None = None, more: Sequence[Action] = ()) -> Keymap:
        """The table's keys; `own` maps action ids to a person's chords ("" or [] unbinds); `more`: actions a person added,
        with their keys. Raises WrongUse with what clashes."""
        own = {**{action.id: action.keys for action in more if action.keys}, **(own or {})}
        every = (*ACTIONS, *more)
        known = {action.id: action for action in every}
        placed = {name: keys for name, keys in own.items() if name not in known and name.startswith(PLACES)}
        own = {name: keys for name, keys in own.items() if name not in placed}
        for id in own:
            if id not in known and not _is_there(id, every):
                raise WrongUse(say("keys: there is no action “{id}”.", id=id), hint=_nearest(id), code="keys")
        chords: dict[Context, dict[tuple[str, ...], Action]] = {}
        chosen: dict[tuple[Context, tuple[str, ...]], bool] = {}
        places = [(action, context) for action in every for context in action.contexts]
        for action, context in sorted(places, key=lambda place: _own(own, *place) is None):
            given = _own(own, action, context)
            mine = given is not None
            keys = action.keys if given is None else given
            of = chords.setdefault(context, {})
            for chord in [keys] if isinstance(keys, str) else keys:
                keys_of = normal_chord(chord)
                if not keys_of:
                    continue
                other = of.get(keys_of)
                if other is not None and other is not action:
                    if mine == chosen[context, keys_of]:
                        raise _clash(chord, action, other, context)
                    continue  # a person's own key takes the default's place
                of[keys_of] = action
                chosen[context, keys_of] = mine
        for context, of in chords.items():
            for longer in list(of):
                for length in range(1, len(longer)):
                    shorter = longer[:length]
                    if shorter not in of or longer not in of:
                        continue
                    if chosen[context, longer] == chosen[context, shorter]:
                        raise _clash(shown_chord(shorter), of[shorter], of[longer], context)
                    del of[longer if chosen[context, shorter] else shorter]
        chords |= _placed(placed, known)
        return cls(chords)

    def feed(self, typed: Sequence[str], key: str, contexts: Sequence[Context]) -> Run | Pending | Unknown:
        """`key` after the pending `typed`, in the first of `contexts` that knows it. Digits before a chord are a count."""
        keys = (*typed, normal_key(key))
        digits = 0
        while (
            digits < len(keys)
            and keys[digits].isdigit()
            and len(keys[digits]) == 1
            and not (digits == 0 and keys[0] == "0")
        ):
            digits += 1
        chord = keys[digits:]
        if not chord:
            timed = self._find(keys[-1:], contexts) is not None
            return Pending(keys, timed) if "compose" not in contexts else Unknown(keys)
        action = self._find(chord, contexts)
        if action is not None:
            return Run(action, self._count(keys[:digits]))
        if any(chord in self._beginnings.get(context, ()) for context in contexts):
            return Pending(keys)
        return Unknown(keys)

    def flush(self, typed: Sequence[str], contexts: Sequence[Context]) -> Run | Unknown:
        """Nothing followed: `typed` as it stands; of digits that were to be a count the last, as if typed after the rest."""
        digits = all(len(key) == 1 and key.isdigit() for key in typed)
        action = self._find(tuple(typed[-1:] if digits else typed), contexts)
        return Run(action) if action is not None else Unknown(tuple(typed))

    def follow(self, typed: Sequence[str], contexts: Sequence[Context]) -> list[tuple[str, Action]]:
        """What may follow `typed`: (key as shown, action), for the hint at the foot."""
        start = tuple(key for key in typed if not (len(key) == 1 and key.isdigit()))
        found: dict[str, Action] = {}
        for context in contexts:
            for chord, action in self._chords.get(context, {}).items():
                if len(chord) > len(start) and chord[: len(start)] == start:
                    found.setdefault(shown_chord(chord[len(start) :]), action)
        return sorted(found.items())

    def places(self) -> list[tuple[str, list[tuple[str, Action]]]]:
        """Place by place: (chord as shown, action), as bound now."""
        return [
            (
                context,
                sorted(
                    ((shown_chord(chord), action) for chord, action in of.items()),
                    key=lambda found: found[0].casefold(),
                ),
            )
            for context, of in self._chords.items()
        ]

    def keys_of(self, action_id: str) -> list[str]:
        """The chords of an action as shown; empty when it has none."""
        return [shown_chord(chord) for chord in self._of_action.get(action_id, ())]

    def key_of(self, action_id: str) -> str:
        keys = self.keys_of(action_id)
        return keys[0] if keys else ""

    def _find(self, chord: tuple[str, ...], contexts: Sequence[Context]) -> Action | None:
        for context in contexts:
            action = self._chords.get(context, {}).get(chord)
            if action is not None:
                return action
        return None

    @staticmethod
    def _count(digits: Sequence[str]) -> int | None:
        return min(int("".join(digits)), MOST_COUNT) if digits else None


def _own(own: Mapping[str, str | Sequence[str]], action: Action, context: Context) -> str | Sequence[str] | None:
    """A person's keys of an action in one place; None: the table's."""
    here = own.get(f"{context}.{action.id}")
    return own.get(action.id) if here is None else here


def _is_there(id: str, every: Sequence[Action]) -> bool:
    context, _, name = id.partition(".")
    return any(action.id == name and context in action.contexts for action in every)


def _placed(
    placed: Mapping[str, str | Sequence[str]], known: Mapping[str, Action]
) -> dict[Context, dict[tuple[str, ...], Action]]:
    """`view:vip.resolve` -> keys: they stand before those of the pane."""
    found: dict[Context, dict[tuple[str, ...], Action]] = {}
    for name, keys in placed.items():
        place, _dot, id = name.rpartition(".")
        if id not in known:
            raise WrongUse(say("keys: there is no action “{id}”.", id=id), hint=_nearest(id), code="keys")
        of = found.setdefault(cast("Context", place), {})
        for chord in [keys] if isinstance(keys, str) else keys:
            other = of.get(normal_chord(chord))
            if other is not None:
                raise _clash(chord, known[id], other, cast("Context", place))
            of[normal_chord(chord)] = known[id]
    return found


def _clash(chord: str, one: Action, other: Action, context: Context) -> WrongUse:
    return WrongUse(
        say(
            "keys: “{chord}” is given to both “{one}” and “{other}” ({context}).",
            chord=chord,
            one=one.id,
            other=other.id,
            context=context,
        ),
        hint=say('Give one of them another key, or "" to take it away: {one} = "…"', one=one.id),
        code="keys",
    )


def _nearest(id: str) -> str:
    near = [known for known in BY_ID if known.startswith(id[:3])] or sorted(BY_ID)
    return f"Known: {', '.join(near[:8])} … `unibox keys` lists them all."
