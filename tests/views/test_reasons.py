"""A failure's reason with values in it is kept so that it can be read in another language."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.world import CHAT, World
from unibox_tui.connectors.errors import Transient
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.saying import keep, kept, say, sentence
from unibox_tui.domain.words import DeliveryState
from unibox_tui.store import inboxes, outbox
from unibox_tui.views import health, jsonform, thread


def failed(world: World, reason: str) -> int:
    """A conversation whose answer failed for this reason."""
    an = world.agent("an")
    box = world.inbox("z", CHAT, channel="livechat")
    top = int(world.chat(box, "v1", "chào shop").conversation or 0)
    world.db.write_now(lambda tx: answer.reply(tx, an, top, Letter(text="Dạ chào chị")))
    (item,) = world.rows("SELECT id FROM outbox")
    world.db.write_now(lambda tx: outbox.settle(tx, item["id"], DeliveryState.FAILED, reason=reason))
    return top


def test_the_screen_says_it_in_the_readers_language_and_scripts_in_english(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = Transient(say("{name!r} is no file of ours at {path}.", name="a", path=Path("/x")))
    reason = say("{why} Tried {n} times.", why=sentence("The answer was empty."), n=5)
    top = failed(world, reason)
    box = world.rows("SELECT id FROM inbox")[0]["id"]
    world.db.write_now(lambda tx: inboxes.failed(tx, box, error.message, say("Look at {host}.", host="mail.example")))
    words = {
        "{why} Tried {n} times.": "{why} Đã thử {n} lần.",
        "The answer was empty.": "Câu trả lời trống.",
        "{name!r} is no file of ours at {path}.": "{path}: không có tệp {name!r}.",
        "Look at {host}.": "Xem {host}.",
    }

    def shown() -> tuple[str, str, str]:
        read = world.db.read_now(lambda db: thread.thread(db, top, me="an", now=world.now))
        (line,) = world.db.read_now(lambda db: health.health(db, now=world.now))
        return read.entries[-1].reason, line.error, line.hint

    assert shown() == ("The answer was empty. Tried 5 times.", "'a' is no file of ours at /x.", "Look at mail.example.")
    monkeypatch.setattr("unibox_tui.locale._current", Catalogue(words))
    assert shown() == ("Câu trả lời trống. Đã thử 5 lần.", "/x: không có tệp 'a'.", "Xem mail.example.")
    told = world.db.read_now(lambda db: list(jsonform.messages_of(db, top)))
    assert told[-1]["reason"] == "The answer was empty. Tried 5 times."


def test_a_text_of_somebody_elses_stays_as_it_is(world: World) -> None:
    top = failed(world, 'They said {"no"} and {n}')
    read = world.db.read_now(lambda db: thread.thread(db, top, me="an", now=world.now))
    assert read.entries[-1].reason == 'They said {"no"} and {n}'
    assert sentence("{n}") == "{n}"
    assert kept(keep(sentence("plain"))) == "plain"


class Catalogue:
    def __init__(self, words: dict[str, str]) -> None:
        self.words = words

    def gettext(self, text: str) -> str:
        return self.words.get(text, text)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return one if n == 1 else many

    def pgettext(self, context: str, text: str) -> str:
        return text
