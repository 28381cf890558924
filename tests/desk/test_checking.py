"""The check before sending against what the store knows."""

from __future__ import annotations

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.checking import check
from unibox_tui.store import given


@pytest.fixture
def ha(world: World) -> int:
    an = world.agent("an")
    box = world.inbox("zalo", CHAT, channel="zalo")
    world.chat(box, "v2", "Shop ơi", name="Trần Quốc Minh")
    id = int(world.later(1000).chat(box, "v1", "đơn DH20381, sđt 0912 000 678", name="Nguyễn Thị Hà").conversation or 0)
    fields = {"language": "vi", "attributes.address": "12 Lê Lợi"}
    world.db.write_now(lambda tx: perform(tx, an, Call("contact_set", {"fields": fields}), [id]))
    return id


def codes(world: World, id: int, text: str, **more: object) -> list[str]:
    return [doubt.code for doubt in world.db.read_now(lambda db: check(db, id, "an", text, **more))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Dạ đơn Trần Quốc Minh giao mai ạ", "name"),
        ("Dạ anh ơi", "pronoun"),  # the name tells: Thị
        ("Chị cho em xin số điện thoại ạ", "asked"),
        ("Chị cho em xin địa chỉ ạ", "asked"),
        ("Chị cho em xin mã đơn ạ", "asked"),
        ("Số này 0987 654 321 phải không chị", "phone"),
    ],
)
def test_it_knows_this_customer_and_the_others(world: World, ha: int, text: str, code: str) -> None:
    assert codes(world, ha, text) == [code]


def test_a_good_answer_raises_no_doubt(world: World, ha: int) -> None:
    assert codes(world, ha, "Dạ chị Hà ơi, em An đây, số 0912000678 phải không ạ?") == []
    assert codes(world, ha, "dặn chị Hà mai gọi lại", mode="note") == []


@pytest.mark.parametrize(
    ("field", "question"),
    [
        ("Địa chỉ", "Chị cho em xin địa chỉ giao hàng ạ"),
        ("phone_number", "ขอเบอร์โทรหน่อยค่ะ"),
        ("full_name", "May I have your full name?"),
        ("อีเมล", "ขออีเมลด้วยค่ะ"),
    ],
)
def test_what_was_handed_over_in_a_form_is_not_asked_again(world: World, field: str, question: str) -> None:
    world.agent("an")
    box = world.inbox("zalo", CHAT, channel="zalo")
    id = int(world.chat(box, "v3", "chào shop").conversation or 0)
    assert codes(world, id, question) == []
    (identity,) = world.rows("SELECT id FROM identity WHERE address = 'v3'")
    world.db.write_now(lambda tx: given.keep(tx, identity["id"], {field: "…"}, "form", world.now))
    assert codes(world, id, question) == ["asked"]
