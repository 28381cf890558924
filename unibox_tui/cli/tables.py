"""Tables in and out: CSV with any of the usual separators, columns found by name, cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unibox_tui.domain.errors import Refused, WrongUse
from unibox_tui.text.fold import fold
from unibox_tui.text.safe import csv_cell

LARGEST = 200_000_000
LONGEST_CELL = 100_000


@dataclass(frozen=True)
class Table:
    """`fields`: field -> its column. `rows` gives (line number, field -> cell)."""

    path: Path
    fields: Mapping[str, str]
    unused: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Raises WrongUse for what is no table."""
        reader = _reader(self.path)
        names = [name.strip() for name in next(reader, [])]
        places = {field: names.index(column) for field, column in self.fields.items()}
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield (
                        reader.line_num,
                        {field: uncelled(row[place].strip()) for field, place in places.items() if place < len(row)},
                    )
        except csv.Error as error:
            raise WrongUse(f"{self.path}, line {reader.line_num}: this is no table: {error}.") from None


def uncelled(cell: str) -> str:
    """A cell as it was before `csv_cell` made it safe."""
    return cell[1:] if cell.startswith("'") and csv_cell(cell[1:]) == cell else cell


def pairs(given: Sequence[str]) -> dict[str, str]:
    """FIELD=COLUMN. Raises WrongUse."""
    found = {}
    for word in given:
        field, equals, column = word.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise WrongUse(f"{word!r} says no column.", hint="Write FIELD=COLUMN.")
        found[field.strip()] = column.strip()
    return found


def columns(path: Path, mapping: Mapping[str, str], known: Mapping[str, Sequence[str]]) -> Table:
    """Which column holds which field: as mapped, else by one of the names of `known` (folded). Fields `attributes.NAME`
    come by mapping only. Raises WrongUse."""
    if path.stat().st_size > LARGEST:
        raise WrongUse(f"{path} is too large.", hint=f"At most {LARGEST // 1_000_000} MB.")
    names = [name.strip() for name in next(_reader(path), [])]
    if not names or not any(names):
        raise WrongUse(f"{path} has no line that names its columns.")
    folded = {_plain(name): name for name in reversed(names) if name}
    found: dict[str, str] = {}
    for field, column in mapping.items():
        if field not in known and not field.startswith("attributes."):
            raise WrongUse(f"There is no field {field!r}.", hint=f"There are: {', '.join(known)}, attributes.NAME.")
        if column not in names and _plain(column) not in folded:
            raise WrongUse(f"{path} has no column {column!r}.", hint=f"It has: {', '.join(names)}.")
        found[field] = column if column in names else folded[_plain(column)]
    for field, others in known.items():
        if field not in found:
            name = next((folded[word] for word in map(_plain, (field, *others)) if word in folded), None)
            if name is not None and name not in found.values():
                found[field] = name
    if not found:
        raise WrongUse(
            f"No column of {path} is known.", hint="Say what they hold: --map FIELD=COLUMN, as in --map phone=SĐT."
        )
    return Table(path, found, tuple(name for name in names if name and name not in found.values()))


def write(rows: Iterable[Sequence[str]], out: str | None) -> None:
    """CSV with every cell made safe; into a new file that nobody else may read, or to standard output."""
    if out is None:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([csv_cell(cell) for cell in row] for row in rows)
        return
    import io

    from unibox_tui.host.files import PRIVATE_FILE, write_new

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([csv_cell(cell) for cell in row] for row in rows)
    try:
        # The mark tells spreadsheets that it is UTF-8.
        write_new(Path(out), b"\xef\xbb\xbf" + text.getvalue().encode(), PRIVATE_FILE)
    except FileExistsError:
        raise Refused(f"{out} is there already.", hint="Name another file.") from None


def _reader(path: Path) -> csv._reader:  # type: ignore[name-defined]
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongUse(f"{path} is not UTF-8.", hint="Save it as CSV UTF-8.") from None
    if "\x00" in text:
        raise WrongUse(f"{path} is no table.", hint="Save it as CSV UTF-8.")
    first = text.partition("\n")[0]
    separator = max(",;\t|", key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    return csv.reader(text.splitlines(keepends=True), delimiter=separator)


def _plain(name: str) -> str:
    return "".join(fold(name).replace("_", " ").split())
