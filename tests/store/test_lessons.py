"""What is learned of answers, and that nothing of it outlives the messages it came from."""

from __future__ import annotations

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk import answer, undo
from unibox_tui.desk.letter import Letter
from unibox_tui.learning.model import Example, Model
from unibox_tui.store import canned, lessons
from unibox_tui.store.events import Actor

SHIP = "Dạ phí ship nội thành 20k, ngoại thành 30k, từ 500k miễn phí ạ {given}"


@pytest.fixture
def an(world: World) -> Actor:
    world.inbox("chat", CHAT, channel="livechat")
    return world.agent("an")


def talk(world: World, an: Actor, asked: str, answered: str, *, who: str = "v1", name: str = "Lê Thị Hoa") -> int:
    """One question and its answer; returns the number of the answer."""
    came = world.later(60_000).chat(1, who, asked, name=name)
    done = world.db.write_now(lambda tx: answer.reply(tx, an, came.conversation, Letter(text=answered)))
    world.later(600_000)
    return int(done.data["n"])


def learn(world: World, n: int) -> bool:
    return world.db.write_now(lambda tx: lessons.learn_reply(tx, n, lessons.canned_texts(tx.db)))


def known(world: World) -> list[Example]:
    return world.db.read_now(lessons.examples)


def build(world: World) -> None:
    model = Model.build(known(world))
    generation = world.db.read_now(lessons.state).generation
    assert world.db.write_now(lambda tx: lessons.keep_model(tx, model, generation))


def test_a_canned_reply_that_was_used_is_learned_as_such(world: World, an: Actor) -> None:
    id = world.db.write_now(lambda tx: canned.put(tx, "ship", SHIP))
    n = talk(
        world, an, "ship về Huế bao nhiêu shop", "Dạ phí ship nội thành 20k, ngoại thành 30k, từ 500k miễn phí ạ Hoa"
    )
    assert learn(world, n)
    answers = world.db.read_now(lessons.answers)
    assert [answers[one.answer][0] for one in known(world) if one.answer] == [f"canned:{id}"]


def test_an_answer_of_its_own_is_kept_for_its_likes(world: World, an: Actor) -> None:
    n = talk(world, an, "áo len có bị xù lông không", "Dạ áo len này không xù, chị giặt tay giúp em nhé")
    assert learn(world, n)
    assert [one.answer for one in known(world)] == [None]
    assert not learn(world, n), "a second time changes nothing"


def test_several_messages_are_one_question_and_several_bubbles_one_answer(world: World, an: Actor) -> None:
    world.chat(1, "v1", "shop ơi")
    world.later(1_000).chat(1, "v1", "cho em hỏi")
    first = talk(world, an, "còn size M không", "Dạ em kiểm tra kho ngay ạ")
    question = world.db.read_now(
        lambda db: lessons.question_before(
            db, world.row("SELECT conversation_id AS c FROM message LIMIT 1")["c"], first, world.now
        )
    )
    assert question is not None
    assert question.text == "shop ơi\ncho em hỏi\ncòn size M không"
    assert len(question.ns) == 3


@pytest.mark.parametrize("answered", ["ok", "dạ vâng"])
def test_too_little_is_not_learned(world: World, an: Actor, answered: str) -> None:
    assert not learn(world, talk(world, an, "còn size M không", answered))
    assert known(world) == []


def test_without_a_question_there_is_nothing_to_learn(world: World, an: Actor) -> None:
    n = talk(world, an, "🙂", "Dạ em chào chị, chị cần tư vấn gì ạ")
    assert not learn(world, n)


def test_spam_and_machines_teach_nothing(world: World, an: Actor) -> None:
    n = talk(world, an, "cho vay lãi thấp duyệt nhanh", "Dạ shop không có nhu cầu ạ cảm ơn")
    world.db.write_now(lambda tx: tx.run("UPDATE conversation SET spam = 1"))
    assert not learn(world, n)
    assert not learn(world, 12345)


# -- forgetting --------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(world: World, an: Actor) -> tuple[int, int]:
    """Two customers' answers, learned and built."""
    ns = (
        talk(world, an, "áo len có bị xù lông không", "Dạ áo len này không xù, chị giặt tay giúp em", who="v1"),
        talk(
            world,
            an,
            "mật khẩu wifi quán là gì vậy",
            "Dạ mật khẩu dán ở quầy thu ngân ạ",
            who="v2",
            name="Trần Văn Bình",
        ),
    )
    for n in ns:
        learn(world, n)
    build(world)
    return ns


def person_of(world: World, n: int) -> int:
    return int(world.row("SELECT identity_id AS i FROM message WHERE n = :n", n=n)["i"])


def test_a_person_is_forgotten_exactly(world: World, two: tuple[int, int]) -> None:
    kept = known(world)[0]
    gone = world.db.write_now(lambda tx: lessons.forget(tx, identities=[person_of(world, two[1])]))
    assert gone == 1
    assert known(world) == [kept]
    assert world.db.read_now(lessons.model_data) is None, "the built model knew that person"
    build(world)
    assert world.db.read_now(lessons.model_data) == Model.build([kept]).dump()
    assert world.rows("SELECT 1 FROM suggest_source WHERE n = :n", n=two[1]) == []


def test_a_single_message_is_forgotten(world: World, two: tuple[int, int]) -> None:
    assert world.db.write_now(lambda tx: lessons.forget(tx, messages=[two[0]])) == 1
    assert len(known(world)) == 1
    assert world.db.write_now(lambda tx: lessons.forget(tx, messages=[two[0]], identities=[])) == 0


@pytest.mark.parametrize(
    "erase",
    [
        "DELETE FROM message WHERE n = :n",
        "DELETE FROM message_body WHERE n = :n",
        "UPDATE message_body SET text = '' WHERE n = :n",
        "UPDATE message SET state = 'cancelled' WHERE n = :n",
    ],
)
def test_whoever_erases_a_message_its_example_goes_with_it(world: World, two: tuple[int, int], erase: str) -> None:
    world.db.write_now(lambda tx: tx.run(erase, n=two[1]))
    assert len(known(world)) == 1
    assert not world.db.read_now(lessons.state).built


def test_the_customers_side_counts_too(world: World, two: tuple[int, int]) -> None:
    asked = world.row("SELECT min(n) AS n FROM message WHERE direction = 'in'")["n"]
    world.db.write_now(lambda tx: tx.run("UPDATE message_body SET text = '…' WHERE n = :n", n=asked))
    assert len(known(world)) == 1


def test_an_answer_taken_back_teaches_nothing(world: World, an: Actor) -> None:
    came = world.chat(1, "v1", "còn size M không")
    letter = Letter(text="Dạ còn đủ size ạ chị nhé", hold_ms=60_000)
    done = world.db.write_now(lambda tx: answer.reply(tx, an, came.conversation, letter))
    assert learn(world, int(done.data["n"]))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert known(world) == []


def test_what_was_forgotten_while_a_model_was_built_does_not_come_back(world: World, two: tuple[int, int]) -> None:
    generation = world.db.read_now(lessons.state).generation
    late = Model.build(known(world))
    world.db.write_now(lambda tx: lessons.forget(tx, messages=[two[1]]))
    assert not world.db.write_now(lambda tx: lessons.keep_model(tx, late, generation))
    assert world.db.read_now(lessons.model_data) is None


def test_the_oldest_go_when_there_are_too_many(world: World) -> None:
    world.db.write_now(
        lambda tx: [lessons.teach(tx, f"question number {word}", "file:a") for word in ("one", "two", "three")]
    )
    newest = known(world)[-2:]
    assert world.db.write_now(lambda tx: lessons.trim(tx, keep=2)) == 1
    assert known(world) == newest


def test_what_files_taught_is_forgotten_apart(world: World, two: tuple[int, int]) -> None:
    world.db.write_now(lambda tx: lessons.teach(tx, "when do you open", lessons.key_of_text("At 8"), "At 8"))
    assert len(known(world)) == 3
    assert world.db.write_now(lessons.forget_taught) == 1
    assert len(known(world)) == 2
    assert world.rows("SELECT 1 FROM suggest_answer WHERE text = 'At 8'") == []


def test_no_words_are_kept(world: World, two: tuple[int, int]) -> None:
    for table in ("suggest_example", "suggest_answer", "suggest_model"):
        for row in world.rows(f"SELECT * FROM {table}"):
            assert "mật khẩu" not in " ".join(str(value) for value in row)
