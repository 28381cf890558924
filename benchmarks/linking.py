"""How often recognising is right: a list of invented accounts with the traps of real lists, through `contact link-eval`.

    python -m benchmarks.linking [--people 20000] [--seeds 1,2,3] [--out FOLDER]

Every person has one to three accounts, of which some carry a vouched phone or mail and some only what was typed, in the many
ways people type. The traps: families on one telephone (also brothers and sisters, whose names differ in one word), numbers that
belong to somebody else now, a seller's number on the orders of many, the shop's own number, office mailboxes that several write
from, placeholders, slips of one digit, order codes asked about by a friend, and namesakes. Prints the figures for each seed and,
of the pairs that are wrong, which trap they fell into. `--out` keeps the two files.
"""

from __future__ import annotations

import argparse
import collections
import csv
import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unibox_tui.cli import linking

FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ")
MIDDLE = ("Thị", "Văn", "Thanh", "Ngọc", "Quốc", "Thu", "Minh", "Hữu")
GIVEN = (
    "Hà", "Minh", "Lan", "Mai", "Anh", "Tuấn", "Hương", "Thảo", "Đức", "Linh", "Ngọc", "Sơn", "Vy", "Khánh", "Trang", "Dũng",
)  # fmt: skip
SHOP, OFFICES = "+84241234111", ("info@cty.example", "ketoan@cty.example", "sales@daily.example")
NOBODY = ("noreply@san.example", "khongco@khach.example", "a@a.example", "no-reply@don.example")
NO_NUMBER = ("0000000000", "0123456789", "0999999999")


@dataclass
class Account:
    """One row of the list; `traps`: whose keys it carries that are not its person's own."""

    id: str
    person: int
    name: str
    email: str = ""
    phone: str = ""
    email_verified: int = 0
    phone_verified: int = 0
    order: str = ""
    traps: set[str] = field(default_factory=set)

    def row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in linking.COLUMNS}


class Town:
    def __init__(self, seed: int, people: int) -> None:
        self.chance = random.Random(seed)
        self.people = people
        self.accounts: list[Account] = []
        self._last: tuple[str, str] = ("", "")  # name and number of the person before
        sellers = max(people // 400, 1)
        self._sellers = [self.number(10_000_000 - one) for one in range(1, sellers + 1)]
        for who in range(people):
            self._person(who)

    @staticmethod
    def number(who: int) -> str:
        return f"+8490{who % 10_000_000:07d}"

    def typed(self, number: str) -> str:
        """As people type it."""
        local = "0" + number.removeprefix("+84")
        spaced = f"{local[:4]} {local[4:7]} {local[7:]}"
        return self.chance.choice((number, local, spaced, spaced.replace(" ", "."), f"(+84) {local[1:]}"))

    def mailed(self, address: str) -> str:
        local, _, host = address.partition("@")
        return self.chance.choice((address, address.upper(), f"{local.title()}@{host}", f" {address} "))

    def _name(self) -> str:
        return " ".join(self.chance.choice(words) for words in (FAMILY, MIDDLE, GIVEN))

    def _person(self, who: int) -> None:
        chance = self.chance
        name, phone, mail = self._name(), self.number(who * 7 + 1_000_000), f"khach{who}@khach.example"
        traps: set[str] = set()
        before, number_before = self._last
        if number_before and chance.random() < 0.05:
            phone = number_before
            traps.add("one telephone")
            kind = chance.random()
            if kind < 0.4:  # brother or sister: one word differs
                name = " ".join((*before.split()[:2], chance.choice(GIVEN)))
                traps.add("family")
            elif kind < 0.42:
                name = before
                traps.add("namesake at home")
        self._last = (name, phone)
        for place in range(chance.choice((1, 1, 2, 2, 3))):
            self.accounts.append(self._account(f"{who}-{place}", who, name, phone, mail, set(traps)))

    def _account(self, id: str, who: int, name: str, phone: str, mail: str, traps: set[str]) -> Account:
        chance, parts = self.chance, name.split()
        called = chance.choice(
            (name, name, f"{parts[-1]} {parts[0]}", parts[-1], "", f"{parts[-1]} shop", name.lower())
        )
        one = Account(id, who, called, traps=traps)
        if chance.random() < 0.6:
            one.phone, one.phone_verified = self.typed(phone), int(chance.random() < 0.65)
        if chance.random() < 0.6:
            one.email, one.email_verified = self.mailed(mail), int(chance.random() < 0.5)
        if chance.random() < 0.5:
            one.order = f"DH{20_000 + who}"
        springs: tuple[tuple[float, str, Callable[[], object]], ...] = (
            (0.02, "shop's number", lambda: self._state(one, SHOP)),
            (0.02, "seller's number", lambda: self._state(one, chance.choice(self._sellers))),
            (0.01, "slip of a digit", lambda: self._state(one, self.number(chance.randrange(self.people) * 7 + 1_000_000))),
            (0.01, "no number", lambda: self._state(one, chance.choice(NO_NUMBER))),
            (0.02, "office", lambda: self._write(one, chance.choice(OFFICES), 1)),
            (0.02, "nobody's mail", lambda: self._write(one, chance.choice(NOBODY), int(chance.random() < 0.5))),
            (0.01, "friend's order", lambda: setattr(one, "order", f"DH{20_000 + chance.randrange(self.people)}")),
        )  # fmt: skip
        for share, trap, spring in springs:
            if chance.random() < share:
                spring()
                one.traps.add(trap)
        return one

    def _state(self, one: Account, number: str) -> None:
        one.phone, one.phone_verified = (self.typed(number) if number.startswith("+") else number), 0

    def _write(self, one: Account, address: str, verified: int) -> None:
        one.email, one.email_verified = self.mailed(address), verified

    def truth(self) -> list[tuple[str, str]]:
        of: dict[int, list[str]] = collections.defaultdict(list)
        for one in self.accounts:
            of[one.person].append(one.id)
        return [(a, b) for own in of.values() for place, a in enumerate(own) for b in own[place + 1 :]]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """The two files of `contact link-eval`."""
        people, truth = folder / "people.csv", folder / "truth.csv"
        with people.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, linking.COLUMNS)
            table.writeheader()
            table.writerows(one.row() for one in self.accounts)
        with truth.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("id_a", "id_b"))
            rows.writerows(self.truth())
        return people, truth


def figures(town: Town, folder: Path) -> dict[str, Any]:
    """As `contact link-eval --json`, with the traps of the wrong pairs by kind."""
    found = linking.evaluate(*town.write(folder), "VN")
    traps = {one.id: one.traps for one in town.accounts}
    wrong: dict[str, collections.Counter[str]] = {
        "automatic": collections.Counter(),
        "suggested": collections.Counter(),
    }
    for pair, kind in found.kinds.items():
        if pair not in found.truth:
            wrong[kind][", ".join(sorted(traps[pair[0]] | traps[pair[1]])) or "none"] += 1
    return {
        **linking.as_json(found, with_pairs=False),
        "wrong": {kind: dict(count.most_common(8)) for kind, count in wrong.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    for seed in map(int, given.seeds.split(",")):
        town = Town(seed, given.people)
        with tempfile.TemporaryDirectory() as name:
            folder = given.out or Path(name)
            folder.mkdir(parents=True, exist_ok=True)
            print(json.dumps({"seed": seed, **figures(town, folder)}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
