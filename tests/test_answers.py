"""The composer's help over a real store: what the screen is given."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.world import CHAT, MAIL, World
from unibox_tui.answers import StoreAnswers
from unibox_tui.config.model import Assistant, Config
from unibox_tui.config.model import Canned as Filed
from unibox_tui.desk import canned
from unibox_tui.desk.canned import Canned
from unibox_tui.domain.errors import Refused, UniboxError, WrongUse
from unibox_tui.store import lessons
from unibox_tui.store.database import Tx

CONFIG = Config(canned=(Filed(shortcut="filed", text="từ tệp {given}"),))


@pytest.fixture
def ha(world: World) -> int:
    world.agent("an")
    world.inbox("mail", MAIL)
    box = world.inbox("zalo", CHAT, channel="zalo")

    def keep(tx: Tx) -> None:
        entry = Canned("ship", "Dạ {customer}, ship 30k {|} ạ", "Phí ship", group="Giao")
        ship = canned.save(tx, "an", replace(entry, variants={"mail": "Kính gửi {customer}"}))
        for asked in ("phí ship về Huế bao nhiêu", "ship ra Hà Nội nhiêu tiền", "tiền ship sao vậy shop"):
            lessons.teach(tx, asked, f"canned:{ship}")
        for asked in ("shop mở cửa mấy giờ", "chủ nhật có bán không", "mấy giờ shop đóng cửa"):
            lessons.teach(tx, asked, "text:1", "8h đến 21h ạ")

    world.db.write_now(keep)
    return int(world.chat(box, "v1", "ship đi Đà Nẵng bao nhiêu tiền vậy shop", name="Nguyễn Thị Hà").conversation or 0)


@pytest.fixture
def answers(world: World) -> StoreAnswers:
    return StoreAnswers(world.db, CONFIG, "an")


async def test_stored_answers_as_they_would_go(answers: StoreAnswers, ha: int) -> None:
    chat = {one.shortcut: one for one in await answers.stored(ha, "zalo")}
    assert (chat["ship"].text, chat["ship"].variant, chat["ship"].group) == ("Dạ chị Hà, ship 30k  ạ", "", "Giao")
    assert chat["ship"].text[: chat["ship"].stops[0]] == "Dạ chị Hà, ship 30k "
    assert (chat["filed"].text, chat["filed"].editable) == ("từ tệp Hà", False)
    mail = {one.shortcut: one for one in await answers.stored(ha, "mail")}
    assert (mail["ship"].text, mail["ship"].variant) == ("Kính gửi chị Hà", "mail")


async def test_what_fits_is_offered_filled_and_silence_otherwise(world: World, answers: StoreAnswers, ha: int) -> None:
    (offer,) = await answers.offered(ha, "zalo")
    assert offer.stored is not None
    assert (offer.stored.shortcut, offer.stored.text) == ("ship", "Dạ chị Hà, ship 30k  ạ")
    other = int(world.chat(2, "v2", "xyzzy", name="Lan").conversation or 0)
    assert list(await answers.offered(other, "zalo")) == []


async def test_doubts_in_words(answers: StoreAnswers, ha: int) -> None:
    assert list(await answers.doubts(ha, "reply", "Dạ chị Lan ơi", 0)) == ["Lan? This is Nguyễn Thị Hà."]


async def test_one_is_changed_as_text_and_may_get_another_name(world: World, answers: StoreAnswers, ha: int) -> None:
    key = next(one.key for one in await answers.every() if one.shortcut == "ship")
    source = await answers.source(key)
    assert await answers.keep(key, source.replace('shortcut = "ship"', 'shortcut = "phi"')) == "phi"
    assert sorted(one.shortcut for one in await answers.every()) == ["filed", "phi"]
    with pytest.raises(WrongUse, match="not TOML"):
        await answers.keep(key, "[[")
    with pytest.raises(Refused, match="configuration file"):
        await answers.source("file:filed")
    await answers.keep("", (await answers.source("", "Dạ vâng")).replace('"shortcut"', '"vang"'))
    assert "vang" in [one.shortcut for one in await answers.every()]


async def test_the_assistant_is_asked_in_a_program_of_its_own(
    world: World, ha: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused, match="No assistant"):
        await StoreAnswers(world.db, CONFIG, "an").assist("draft", ha)
    script = tmp_path / "child"
    script.write_text('#!/bin/sh\nprintf "%s|" "$@"; cat\n[ "$7" != fail ]\n')
    script.chmod(0o755)
    monkeypatch.setattr("unibox_tui.answers.sys.executable", str(script))
    config = replace(CONFIG, assistant=Assistant(url="http://127.0.0.1:9/v1", model="x"))
    answers = StoreAnswers(world.db, config, "an", ["--home", "H"])
    said = await answers.assist("translate", ha, "chào \x1b[2J", "th")
    assert said == f"-P|-m|unibox_tui|--home|H|assistant|translate|{ha}|--to|th|--text|-|chào \ufffd[2J"
    with pytest.raises(UniboxError, match="did not help"):
        await answers.assist("fail", ha, json.dumps("x"))
