"""Two agents, two Unix accounts, two terminals, one store."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import App, House, never, until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="becomes other accounts")
MAI, AN, TEAM = 60001, 60002, 60010


class Team:
    """The service is root's; mai and an have a home each that points to the shared store."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        store = folder / "store"
        store.mkdir()
        os.chown(store, 0, TEAM)
        store.chmod(0o3770)
        self.homes: dict[int, Path] = {}
        for uid in (MAI, AN):
            home = folder / f"home-{uid}"
            home.mkdir(mode=0o700)
            (home / "config.toml").write_text(f'[workspace]\nstore = "{store}"\n')
            os.chown(home, uid, uid)
            os.chown(home / "config.toml", uid, uid)
            self.homes[uid] = home
        self.house = House(folder, store=store)

    def app(self, uid: int) -> App:
        app = self.house.app(120, 30, uid=uid, gid=TEAM, home=self.homes[uid], HOME=str(self.homes[uid]))
        app.see("All")
        return app


@pytest.fixture
def team() -> Iterator[Team]:
    folder = Path(tempfile.mkdtemp(prefix="unibox-team-"))
    team = Team(folder)
    try:
        with team.house:
            yield team
    finally:
        shutil.rmtree(folder)


def test_two_agents_on_one_store(team: Team) -> None:
    house = team.house
    shop = house.mailbox("shop")
    house.serve()
    house.deliver(shop, "Em nhận thiếu áo")
    mai, an = team.app(MAI), team.app(AN)
    for app in (mai, an):
        app.keys("6").see("Em nhận thiếu áo")
        app.keys("Enter").see("  Em nhận thiếu áo")

    # Both take it in the same second: one has it, the other is told who, and keeps what is being written.
    mai.typed("rDạ em xem ngay").see("Dạ em xem ngay")
    an.typed("rEm kiểm tra ạ").see("Em kiểm tra ạ")
    mai.see("saved")
    an.see("saved")
    mai.keys("Escape").see("n note")
    an.keys("Escape").see("n note")
    mai.keys("a")
    an.keys("a")
    mai.until(lambda screen: "uid6000" in screen)
    until(lambda: house.cli("ls")[0]["assignee"])
    owner = house.one("show", "10001")["assignee"]
    has, lacks = (mai, an) if owner == f"uid{MAI}" else (an, mai)
    told = lacks.see(f"{owner} has #10001 already", seconds=5)
    assert ("Em kiểm tra ạ" if lacks is an else "Dạ em xem ngay") in told
    has.see(f"open · {owner}")
    lacks.see(f"open · {owner}")

    # A label of one shows in the other.
    has.keys("l").see("Enter takes")
    has.typed("giao thiếu\n")
    has.see("giao thiếu")
    lacks.see("giao thiếu")

    # A colleague's answer lands while one types: the first Enter stops, the second sends.
    lacks.typed("r. Và còn nữa").see("Và còn nữa")
    has.keys("r").see("Alt-Enter")
    has.keys("Enter")
    until(lambda: len(house.sent()) == 1, else_=has.screen)
    lacks.see("new message above")
    lacks.keys("Enter").see("again")
    never(lambda: len(house.sent()) > 1, seconds=1)
    assert "Và còn nữa" in lacks.screen()
    lacks.keys("Enter")
    until(lambda: len(house.sent()) == 2, else_=lacks.screen)
    never(lambda: len(house.sent()) > 2, seconds=0.5)
    mai.leave()
    an.leave()
