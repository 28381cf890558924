from __future__ import annotations

import pytest

from unibox_tui.domain.saying import Said, keep, kept, say, say_count, say_term


def test_a_sentence_is_its_english_text() -> None:
    said = say("#{top} answered through {inbox}", top=7, inbox="Zalo {A}")
    assert said == "#7 answered through Zalo {A}"
    assert isinstance(said, str)


def test_counted_sentences_choose_their_form() -> None:
    assert say_count("{n} conversation", "{n} conversations", 1) == "1 conversation"
    assert say_count("{n} conversation", "{n} conversations", 12) == "12 conversations"


def test_what_is_kept_remembers_everything() -> None:
    said = say(
        "{summary} ({n} belong to others)",
        summary=say(
            "{what} priority {level}", what=say_count("{n} thing", "{n} things", 3), level=say_term("priority", "high")
        ),
        n=2,
    )
    again = kept(keep(said))
    assert again == said
    assert isinstance(again, Said)
    assert isinstance(again.args["summary"], Said)
    assert again.args["summary"].args["level"].kind == "priority"
    assert again.args["summary"].args["what"].many == "{n} things"


@pytest.mark.parametrize(
    "text", ["", "reply in #4", '{"say": 1}', '{"say":', '{"say": "{x}", "many": "", "kind": "", "args": {}}']
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert keep(text) == text
    assert kept(text) == text
