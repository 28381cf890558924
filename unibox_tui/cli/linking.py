"""`contact link-eval`: the matcher over a list from outside, compared with what is true."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.matching import Decision, Kind, Known, Level, pairs
from unibox_tui.text.keys import normal

COLUMNS = ("id", "name", "email", "phone", "email_verified", "phone_verified", "order")
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """`kinds`: pair -> automatic or suggested."""

    contacts: int
    decisions: dict[Pair, Decision]
    truth: frozenset[Pair]

    @property
    def kinds(self) -> dict[Pair, str]:
        return {
            pair: "automatic" if decision.what == "automatic" else "suggested"
            for pair, decision in self.decisions.items()
        }

    def score(self, kind: str) -> dict[str, Any]:
        """pairs, right, precision and recall of one kind, or of `all`; precision is null when there are none."""
        found = {pair for pair, one in self.kinds.items() if kind in (one, "all")}
        right = len(found & self.truth)
        return {
            "pairs": len(found),
            "right": right,
            "precision": round(right / len(found), 4) if found else None,
            "recall": round(right / len(self.truth), 4) if self.truth else None,
        }

    def why(self, a: str, b: str) -> str:
        return ", ".join(f"{item.kind} {item.value}" for item in self.decisions[a, b].reasons)


def evaluate(file: Path, truth: Path, region: str) -> Evaluated:
    """Raises WrongUse naming the file and line that are off."""
    known = [_known(row, region.upper()) for row in _rows(file, ("id",), COLUMNS)]
    ids = {contact.id for contact in known}
    if len(ids) != len(known):
        raise WrongUse(f"{file}: an id stands there twice.")
    true = set()
    for row in _rows(truth, ("id_a", "id_b"), ("id_a", "id_b")):
        a, b = sorted((row["id_a"].strip(), row["id_b"].strip()))
        if a == b or not {a, b} <= ids:
            raise WrongUse(f"{truth}: {a!r} and {b!r} are no two contacts of {file}.")
        true.add((a, b))
    return Evaluated(len(known), pairs(known), frozenset(true))


def as_json(found: Evaluated, *, with_pairs: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"contacts": found.contacts, "truth": len(found.truth)}
    said |= {kind: found.score(kind) for kind in ("automatic", "suggested", "all")}
    if with_pairs:
        said["found"] = [
            {"id_a": a, "id_b": b, "kind": kind, "score": found.decisions[a, b].score, "why": found.why(a, b)}
            for (a, b), kind in sorted(found.kinds.items())
        ]
    return said


def _known(row: dict[str, str], region: str) -> Known:
    keys: dict[tuple[Kind, str], Level] = {}
    kinds: tuple[Kind, ...] = ("email", "phone")
    for kind in kinds:
        level = Level.VERIFIED if _yes(row.get(f"{kind}_verified", "")) else Level.STATED
        for value in _several(row.get(kind, "")):
            if norm := normal(kind, value, region):
                keys[kind, norm] = level
    orders = frozenset(value.upper() for value in _several(row.get("order", "")))
    return Known(row["id"].strip(), row.get("name", "").strip(), keys, orders)


def _several(field: str) -> list[str]:
    return [piece.strip() for piece in field.split(";") if piece.strip()]


def _yes(field: str) -> bool:
    return field.strip().casefold() in ("1", "true", "yes", "y")


def _rows(path: Path, needed: tuple[str, ...], allowed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = [name.strip() for name in reader.fieldnames or ()]
            if missing := [name for name in needed if name not in columns]:
                raise WrongUse(f"{path}: there is no column {missing[0]}.", hint=f"Columns: {','.join(allowed)}.")
            if unknown := [name for name in columns if name not in allowed]:
                raise WrongUse(
                    f"{path}: the column {unknown[0]!r} is not known.", hint=f"Columns: {','.join(allowed)}."
                )
            reader.fieldnames = columns
            for row in reader:
                if None in row or any(value is None for value in row.values()) or not row[needed[0]].strip():
                    raise WrongUse(f"{path}, line {reader.line_num}: it does not have a value for each column.")
                yield row
    except UnicodeDecodeError:
        raise WrongUse(f"{path} is not UTF-8.", hint="Convert it with iconv.") from None
    except csv.Error as error:
        raise WrongUse(f"{path} is no CSV: {error}.") from None
