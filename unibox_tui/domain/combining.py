"""What a contact says of itself after a merge, and what it says when one of several merges is taken back.

Values are flat: name, title, language, note, first_seen_at, last_seen_at, `attributes.KEY`, `label.ID` (1). A value that is
absent is None.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

Values = Mapping[str, Any]
CHOSEN = ("name", "title", "language", "note")


def combine(ours: Values, theirs: Values, choices: Values, excluded: Collection[str] = ()) -> dict[str, Any]:
    """What is chosen counts; else ours, theirs where we have nothing. Notes and labels add up, times widen. `excluded`:
    labels of theirs that cannot stand beside ours."""
    after = {key: value for key, value in ours.items() if not blank(value)}
    for key, value in theirs.items():
        if key == "note":
            after[key] = _added(after.get(key) or "", value or "")
        elif key == "first_seen_at":
            after[key] = min((at for at in (after.get(key), value) if at is not None), default=None)
        elif key == "last_seen_at":
            after[key] = max((at for at in (after.get(key), value) if at is not None), default=None)
        elif blank(after.get(key)) and key not in excluded:
            after[key] = value
    after |= {key: value for key, value in choices.items() if key in CHOSEN or key.startswith("attributes.")}
    return {key: value for key, value in after.items() if not blank(value)}


def blank(value: Any) -> bool:
    return value is None or value == ""


def _added(ours: str, theirs: str) -> str:
    if not theirs or theirs in ours:
        return ours
    return f"{ours}\n\n{theirs}" if ours else theirs


def differing(ours: Values, theirs: Values) -> list[str]:
    """Keys on which the two say different things: what a person is asked to choose."""
    keys = [*CHOSEN[:3], *sorted(key for key in ours if key.startswith("attributes."))]
    return [
        key
        for key in keys
        if not blank(ours.get(key)) and not blank(theirs.get(key)) and ours.get(key) != theirs.get(key)
    ]


def changes(old: Values, new: Values) -> dict[str, tuple[Any, Any]]:
    """key -> (from, to) of what differs."""
    return {
        key: (old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)
    }


@dataclass(frozen=True, slots=True)
class Merged:
    """One merge into a contact, as recorded; `theirs` are the loser's values now."""

    id: str
    before: Values
    after: Values
    theirs: Values
    choices: Values
    excluded: Collection[str] = ()


def without(merges: list[Merged], gone: str) -> tuple[list[Merged], dict[str, tuple[Any, Any]]]:
    """Play the merges into one contact again, in their order, without `gone` (or with changed `theirs`, when none is).

    Returns the merges with their values as they would have been, and what differs for the contact in the end. What a
    person wrote between two merges stays in the values of the later one.
    """
    kept: list[Merged] = []
    old: Values = {}
    new: Values = {}
    for merge in merges:
        before = dict(merge.before)
        for key, (was, is_now) in changes(old, new).items():
            if before.get(key) == was:
                before[key] = is_now
        before = {key: value for key, value in before.items() if not blank(value)}
        old = merge.after
        if merge.id == gone:
            new = before
        else:
            new = combine(before, merge.theirs, merge.choices, merge.excluded)
            kept.append(replace(merge, before=before, after=new))
    return kept, changes(old, new)
