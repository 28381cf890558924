"""What the desk answers and refuses, in the language of who reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.desk import actions
from unibox_tui.desk.actions import Call
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import Conflict, NotFound, UniboxError, WrongUse
from unibox_tui.domain.saying import say, say_count, say_term
from unibox_tui.locale import _, language, ngettext, set_language, term, translated
from unibox_tui.store.events import Actor
from unibox_tui.views import history
from unibox_tui.views.query import parse


def do(world: World, actor: Actor, name: str, targets: Sequence[int], **args: Any) -> Done:
    return world.db.write_now(lambda tx: actions.perform(tx, actor, Call(name, args), list(targets)))


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("vi", "vi"),
        ("vi_VN.UTF-8", "vi"),
        ("th-TH", "th"),
        ("en_US", "en"),
        ("C.UTF-8", "en"),
        ("", "en"),
        ("fr", "en"),
    ],
)
def test_the_language_asked_for_or_english(asked: str, got: str) -> None:
    assert set_language(asked) == got
    assert language() == got
    assert _("resolve") == {"vi": "chốt", "th": "ปิดงาน", "en": "resolve"}[got]


def test_the_same_english_word_differs_by_what_it_means() -> None:
    set_language("vi")
    assert _("open") == "mở"
    assert term("status", "open") == "đang mở"
    assert term("status", "from a newer version") == "from a newer version"


def test_counts_have_one_form() -> None:
    set_language("th")
    assert ngettext("{n} file", "{n} files", 1) == "1 ไฟล์"
    assert ngettext("{n} file", "{n} files", 3) == "3 ไฟล์"


def test_sentences_within_sentences() -> None:
    set_language("vi")
    what = say_count("{n} conversation", "{n} conversations", 3)
    said = say(
        "undone: {summary}", summary=say("{what} priority {level}", what=what, level=say_term("priority", "high"))
    )
    assert said == "undone: 3 conversations priority high"
    assert translated(said) == "đã hoàn tác: 3 hội thoại ưu tiên cao"


def test_what_a_customer_is_called_is_never_translated_or_filled_in() -> None:
    set_language("vi")
    assert translated(say("{who} has #{top} already.", who="{top} nobody", top=4)) == "{top} nobody đã nhận #4 rồi."
    assert translated(say("{what} → {who}", what="#4", who="nobody")) == "#4 → nobody"


def test_words_nobody_knows_stay() -> None:
    set_language("th")
    assert translated("mailbox full") == "mailbox full"
    assert translated("") == ""


def test_an_action_its_undo_and_its_history(world: World) -> None:
    an = world.agent("an")
    top = world.mail(world.inbox("a")).conversation
    done = do(world, an, "resolve", [top])
    undone = do(world, an, "undo", [])
    redone = do(world, an, "redo", [])
    assert [done.summary, undone.summary, redone.summary] == [
        f"#{top} resolved",
        f"undone: #{top} resolved",
        f"done again: #{top} resolved",
    ]
    set_language("vi")
    assert translated(done.summary) == f"#{top} đã xong"
    assert translated(undone.summary) == f"đã hoàn tác: #{top} đã xong"
    set_language("th")
    assert translated(redone.summary) == f"ทำซ้ำแล้ว: #{top} ปิดงานแล้ว"
    lines = world.db.read_now(lambda db: history.history(db, top))
    assert any(line.extra.get("action") == f"#{top} resolved" for line in lines)


def test_refusals(world: World) -> None:
    an, binh = world.agent("an"), world.agent("binh")
    top = world.mail(world.inbox("a")).conversation
    do(world, an, "assign", [top], agent="me", seen_owner=None)
    errors: list[UniboxError] = []
    for name, targets, args in (
        ("assign", [top], {"agent": "me", "seen_owner": None}),
        ("assign", [top], {"agent": "nemo"}),
        ("snooze", [top], {"until": 1}),
        ("resolve", [999_999], {}),
        ("reply", [top], {"text": " "}),
    ):
        with pytest.raises(UniboxError) as raised:
            do(world, binh, name, targets, **args)
        errors.append(raised.value)
    assert [type(error) for error in errors] == [Conflict, NotFound, WrongUse, NotFound, WrongUse]
    assert errors[0].code == "claimed"
    english = [str(error) for error in errors]
    set_language("vi")
    said = [translated(error.message) for error in errors]
    assert said == [
        f"An đã nhận #{top} rồi.",
        "Không có nhân viên tên 'nemo'.",
        "Giờ đó đã qua.",
        "Không có hội thoại #999999.",
        "Tin trả lời đang trống.",
    ]
    assert [str(error) for error in errors] == english


def test_a_query_that_cannot_be_read() -> None:
    with pytest.raises(WrongUse) as raised:
        parse("wait>soon")
    assert "(column 6)." in str(raised.value)
    set_language("th")
    text = translated(raised.value.message)
    assert text == "“soon” ไม่ใช่ช่วงเวลา เช่น 30m, 2h, 2 ชม. (คอลัมน์ 6)."
