"""What is learned of answers, and that nothing of it outlives the messages it came from."""

from __future__ import annotations

from array import array

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk import answer, undo
from unibox_tui.desk.letter import Letter
from unibox_tui.learning import features as feature_room
from unibox_tui.learning.model import Example, Model
from unibox_tui.learning.packed import dump, load
from unibox_tui.store import canned, forgetting, lessons, relearning
from unibox_tui.store.database import Tx
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


# -- what an older version learned -------------------------------------------------------------------------------------


def make_old(world: World) -> None:
    """As the first version stored examples and its model."""

    def turn(tx: Tx) -> None:
        for one in lessons.examples(tx.db):
            fewer = array("I", [feature for feature in one.features if feature >= feature_room.MEANINGS][::2])
            tx.run(
                "UPDATE suggest_example SET version = 1, features = :features WHERE id = :id",
                features=lessons.stored(fewer),
                id=one.id,
            )
        tx.run("UPDATE suggest_model SET data = :data WHERE data IS NOT NULL", data=dump({"features": 1}, []))

    world.db.write_now(turn)


def test_questions_are_read_again_after_a_change_of_the_features(world: World, two: tuple[int, int]) -> None:
    before = known(world)
    make_old(world)
    assert [one.id for one in known(world)] == [one.id for one in before], "old examples still count"
    assert known(world) != before
    assert world.db.write_now(relearning.drop_unreadable)
    lowest = world.db.write_now(lambda tx: relearning.renew(tx, 1 << 60, 1))
    assert lowest == before[1].id
    assert known(world)[1] == before[1]
    assert world.db.write_now(lambda tx: relearning.renew(tx, lowest, 10)) == before[0].id
    assert known(world) == before
    assert world.db.write_now(lambda tx: relearning.renew(tx, before[0].id, 10)) == 0
    assert not world.db.read_now(lessons.state).built
    build(world)
    assert not world.db.write_now(relearning.drop_unreadable), "what this version built is kept"
    assert not world.db.write_now(lambda tx: relearning.renew(tx, 1 << 60, 10))
    assert world.db.read_now(lessons.state).built


def test_what_a_file_taught_an_older_version_counts_until_it_is_taught_again(world: World) -> None:
    def teach() -> bool:
        return world.db.write_now(lambda tx: lessons.teach(tx, "phí ship về Huế bao nhiêu", "file:ship"))

    assert teach()
    before = known(world)[0].features
    make_old(world)
    assert world.db.write_now(lambda tx: relearning.renew(tx, 1 << 60, 10)) == 0
    assert len(known(world)) == 1
    assert teach()
    assert [one.features for one in known(world)] == [before]
    assert not teach()


# -- a customer is forgotten -------------------------------------------------------------------------------------------


def test_forgetting_a_customer_leaves_no_trace_in_what_was_learned(
    world: World, an: Actor, two: tuple[int, int]
) -> None:
    kept, gone = known(world)
    rare = set(gone.features) - set(kept.features)
    contact = world.row(
        "SELECT contact_id AS c FROM conversation WHERE id = (SELECT conversation_id FROM message WHERE n = :n)",
        n=two[1],
    )["c"]
    paths = [world.db.path, world.db.path.with_name(world.db.path.name + "-wal")]

    def in_files() -> bool:
        return any(gone.features.tobytes() in path.read_bytes() for path in paths if path.exists())

    assert in_files(), "the features stand in the file as they are compared"
    found = world.db.read_now(lambda db: forgetting.traces(db, contact))
    world.db.write_now(lambda tx: forgetting.words(tx, found.messages))
    world.db.write_now(lambda tx: forgetting.person(tx, an, found, {"messages": len(found.messages)}))
    assert known(world) == [kept]
    assert world.db.read_now(lessons.model_data) is None
    build(world)
    data = world.db.read_now(lessons.model_data)
    assert data == Model.build([kept]).dump(), "the model is the one that never knew that customer"
    known_features = set(load(data)[1][3])
    assert known_features == set(kept.features)
    assert not known_features & rare
    assert world.rows("SELECT 1 FROM suggest_source WHERE example_id = :id", id=gone.id) == []
    assert world.db.compact(patience_s=5)
    assert not in_files()
