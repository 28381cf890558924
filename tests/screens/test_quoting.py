"""An answer that quotes one message: begun in the thread, shown above the text, kept, dropped, and sent as it was shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.fake_workspace import FakeChanged, FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle, shown, type_text
from unibox_tui.screens.ports import Draft
from unibox_tui.views.models import Thread


class Quoting(FakeWorkspace):
    """Its first way can point at a message; what it takes in one text and in files may be set."""

    def __init__(self, **way: Any) -> None:
        super().__init__()
        self.way = {"quotes": True, **way}

    async def thread(self, conversation: int, **window: Any) -> Thread:
        found = await super().thread(conversation, **window)
        return replace(found, ways=(replace(found.ways[0], **self.way), *found.ways[1:]))


async def to_first_question(pilot: Any) -> None:
    await pilot.press("enter")
    await settle(pilot)
    await pilot.press("k", "k", "k", "k")  # from the mail to what came through Zalo
    await settle(pilot)


async def begin(pilot: Any) -> None:
    await to_first_question(pilot)
    await type_text(pilot, '"')
    await settle(pilot)


async def test_the_key_answers_the_message_under_the_cursor_and_the_head_shows_it() -> None:
    async with running((160, 40), Quoting()) as (app, pilot, workspace):
        await begin(pilot)
        assert "↪ “Shop ơi em nhận thiếu 1 áo sơ mi trắng, mã đơn…”" in line_with(app, "↪")
        assert "Alt-q drops it" in line_with(app, "↪")
        assert "as a line" not in line_with(app, "↪")
        await type_text(pilot, "Dạ em gửi bù ạ")
        await pilot.press("enter")
        await settle(pilot)
        call, args, targets = workspace.performed[-1]
        n = next(one.n for one in workspace.entries[10_482] if one.text.startswith("Shop ơi"))
        assert (call, args["answers"], args["text"], targets) == ("reply", n, "Dạ em gửi bù ạ", (10_482,))
        assert "quote" not in args
        assert not any("↪" in line for line in shown(app)[-12:])


async def test_where_the_channel_cannot_the_words_are_said_to_be_a_line() -> None:
    async with running((160, 40), Quoting(quotes=False)) as (app, pilot, _workspace):
        await begin(pilot)
        assert "as a line of the text" in line_with(app, "↪")


async def test_it_can_be_dropped_and_the_text_stays() -> None:
    async with running((160, 40), Quoting()) as (app, pilot, workspace):
        await begin(pilot)
        await type_text(pilot, "Dạ vâng")
        await pilot.press("alt+q")
        await settle(pilot)
        assert not any("↪" in line for line in shown(app)[-12:])
        await pilot.press("enter")
        await settle(pilot)
        assert "answers" not in workspace.performed[-1][1]
        assert workspace.performed[-1][1]["text"] == "Dạ vâng"


async def test_the_draft_keeps_it() -> None:
    workspace = Quoting()
    async with running((160, 40), workspace) as (app, pilot, _workspace):
        await begin(pilot)
        await type_text(pilot, "Dạ")
        await pilot.press("escape")
        await settle(pilot, 0.8)
        kept = workspace.drafts[10_482, "reply"]
        assert kept.options["answers"] == kept.quoted.n  # type: ignore[union-attr]
    fresh = Quoting()
    fresh.drafts[10_482, "reply"] = kept
    async with running((160, 40), fresh) as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        assert "Shop ơi em nhận thiếu" in line_with(app, "↪")


async def test_a_quote_that_is_gone_is_none() -> None:
    workspace = Quoting()
    workspace.drafts[10_482, "reply"] = Draft("reply", "Dạ", 2, 1, 1, {"answers": 12})
    async with running((160, 40), workspace) as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        assert not any("↪" in line for line in shown(app)[-12:])


async def test_a_note_is_not_quoted_and_the_foot_says_why() -> None:
    async with running((160, 40), Quoting()) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("k")
        await settle(pilot)
        await type_text(pilot, '"')
        await settle(pilot)
        assert "for colleagues" in foot(app)
        assert app.screen.pane == "thread"  # type: ignore[attr-defined]


async def test_a_note_begun_meanwhile_shows_no_quote() -> None:
    async with running((160, 40), Quoting()) as (app, pilot, _workspace):
        await begin(pilot)
        await type_text(pilot, "hỏi kho đã")
        await pilot.press("ctrl+o")
        await settle(pilot)
        assert not any("↪" in line for line in shown(app)[-12:])
        await pilot.press("ctrl+o")
        await settle(pilot)
        assert "Shop ơi em nhận thiếu" in line_with(app, "↪")


async def test_the_preview_shows_what_goes_with_quote_and_files() -> None:
    """The quote is a line of the first message, the file a message of its own behind the text, and no number goes."""
    workspace = Quoting(quotes=False, text_limit=80, text_parts=10, attachments=True, text_with_files=False)
    async with running((160, 40), workspace) as (app, pilot, _workspace):
        await begin(pilot)
        await type_text(pilot, "Dạ em kiểm tra kho rồi ạ. Kho báo còn một áo. Mai em gửi bù cho chị nhé.")
        app.screen.pen.attach("/home/an/hop-hang.jpg")  # type: ignore[attr-defined]
        await settle(pilot)
        assert "3 parts" not in "\n".join(shown(app))
        assert "2 parts" in "\n".join(shown(app))
        await pilot.press("ctrl+p")
        await settle(pilot)
        await type_text(pilot, "messages in which")
        await pilot.press("enter")
        await settle(pilot)
        assert "1/3  > Shop ơi em nhận thiếu 1 áo sơ mi trắng, mã đơn DH20381" in line_with(app, "1/3")
        assert "Mai em gửi bù" in line_with(app, "2/3")
        assert "1 file" in line_with(app, "3/3")
        await pilot.press("escape", "enter")
        await settle(pilot)
        assert "1/3" not in workspace.performed[-1][1]["text"]


async def test_a_file_too_large_is_refused_when_it_is_attached() -> None:
    workspace = Quoting(attachments=True, attachment_limit=5_000_000)
    async with running((160, 40), workspace) as (app, pilot, _workspace):
        workspace.host.sizes["/home/an/hop-hang.mp4"] = (7_340_032, "video/mp4")
        await pilot.press("r", "ctrl+t")
        await settle(pilot)
        await type_text(pilot, "/home/an/hop-hang.mp4")
        await pilot.press("enter")
        await settle(pilot)
        assert "hop-hang.mp4 has 7.4 MB; Zalo Shop A takes at most 5 MB." in foot(app)
        assert app.screen.pen.writing.files == ()  # type: ignore[attr-defined]


async def test_by_mail_the_words_stand_below() -> None:
    workspace = Quoting()
    async with running((160, 40), workspace) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, '"')
        await settle(pilot)
        assert "as a line" in line_with(app, "↪")  # Zalo does not know the mail
        way = replace((await workspace.thread(10_482)).ways[1], quotes=True)
        app.screen.pen.ways = [way]  # type: ignore[attr-defined]
        app.screen.pen.choose_way(0)  # type: ignore[attr-defined]
        await settle(pilot)
        assert "as a line" not in line_with(app, "↪")
        await type_text(pilot, "Dạ")
        await pilot.press("enter")
        await settle(pilot)
        assert workspace.performed[-1][1]["quote"] is True


async def test_a_draft_changed_elsewhere_is_the_one_written_on() -> None:
    workspace = Quoting()
    async with running((160, 40), workspace) as (app, pilot, _workspace):
        await pilot.press("enter")
        await settle(pilot)
        await workspace.save_draft(10_482, "reply", Draft("reply", "Dạ từ dòng lệnh", 2, 1, 1))
        workspace.feed.put_nowait(FakeChanged(rows={"draft": {"an/10482"}}))
        await settle(pilot)
        assert line_with(app, "Dạ từ dòng lệnh")
        await pilot.press("r")
        await workspace.save_draft(10_482, "reply", Draft("reply", "Dạ lần hai", 2, 1, 1))
        workspace.feed.put_nowait(FakeChanged(rows={"draft": {"an/10482", "binh/10482"}}))
        await settle(pilot)
        assert line_with(app, "Dạ lần hai")
        assert "changed elsewhere" in foot(app)


async def test_what_is_being_typed_stands_when_another_hand_changes_the_draft() -> None:
    workspace = Quoting()
    async with running((160, 40), workspace) as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "Dạ đang gõ")
        await workspace.save_draft(10_482, "reply", Draft("reply", "Dạ khác", 2, 1, 1))
        workspace.feed.put_nowait(FakeChanged(rows={"draft": {"an/10482"}}))
        await settle(pilot)
        assert line_with(app, "Dạ đang gõ")


async def test_marks_are_stripped_and_come_back() -> None:
    async with running((160, 40), Quoting()) as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        await type_text(pilot, "Dạ đơn đã giao")
        await pilot.press("alt+m")
        await settle(pilot)
        assert line_with(app, "Da don da giao")
        await pilot.press("alt+m")
        await settle(pilot)
        assert "no marks" in foot(app)
        await pilot.press("alt+u")
        await settle(pilot)
        assert line_with(app, "Dạ đơn đã giao")
