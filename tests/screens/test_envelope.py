"""The envelope of one answer by mail: changed on a sheet, shown by the head, kept by the draft, sent to the desk."""

from __future__ import annotations

from typing import Any

from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle, shown, type_text
from unibox_tui.screens.ports import Draft


async def _by_mail(pilot: Any) -> None:
    await pilot.press("r", "ctrl+x")
    await settle(pilot)
    await type_text(pilot, "Email")
    await pilot.press("enter")
    await settle(pilot)


async def _change(pilot: Any, field: str, text: str | None) -> None:
    await pilot.press("ctrl+n")
    await settle(pilot)
    await type_text(pilot, field)
    await pilot.press("enter")
    await settle(pilot)
    if text is not None:
        await pilot.press("ctrl+u")
        await type_text(pilot, text)
        await pilot.press("enter")
        await settle(pilot)
    await pilot.press("escape")
    await settle(pilot)


async def test_copies_subject_and_the_original_go_with_the_answer() -> None:
    async with running((160, 30)) as (app, pilot, workspace):
        await _by_mail(pilot)
        await type_text(pilot, "Dạ em gửi ạ")
        await _change(pilot, "cc", "Kho Hàng <kho@shop-a.example>, an@shop-a.example")
        await _change(pilot, "bcc", "sep@shop-a.example")
        await _change(pilot, "subject", "Đơn DH20381")
        await _change(pilot, "original", None)
        head = line_with(app, "Reply via Email")
        for part in ("cc 2", "bcc sep@"):
            assert part in head
        await pilot.press("enter")
        await settle(pilot)
        call, args, _targets = workspace.performed[-1]
        assert call == "reply"
        assert args["subject"] == "Đơn DH20381"
        assert args["quote"] is True
        assert args["cc"] == [
            {"name": "Kho Hàng", "address": "kho@shop-a.example"},
            {"name": "", "address": "an@shop-a.example"},
        ]
        assert args["bcc"] == [{"name": "", "address": "sep@shop-a.example"}]
        assert "to" not in args


async def test_the_draft_keeps_the_envelope() -> None:
    async with running((160, 30)) as (app, pilot, workspace):
        await _by_mail(pilot)
        await type_text(pilot, "Dạ")
        await _change(pilot, "subject", "Hoàn tiền")
        await pilot.press("ctrl+n")
        await settle(pilot)
        await type_text(pilot, "original")
        await pilot.press("enter", "enter")  # yes, then no
        await settle(pilot)
        await pilot.press("escape", "escape")
        await settle(pilot, 0.8)
        kept = workspace.drafts[10_482, "reply"]
        assert kept.options["subject"] == "Hoàn tiền"
        assert isinstance(kept.options["quote"], bool)
    fresh = FakeWorkspace()
    fresh.drafts[10_482, "reply"] = Draft("reply", "Dạ", 2, kept.inbox_id, kept.identity_id, dict(kept.options))
    async with running((160, 30), fresh) as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        assert "“Hoàn tiền”" in line_with(app, "Reply via Email")
        assert app.inbox.pen.writing.envelope.subject == "Hoàn tiền"


async def test_what_is_no_address_is_refused_and_a_chat_has_no_envelope() -> None:
    async with running((160, 30)) as (app, pilot, _workspace):
        await pilot.press("r", "ctrl+n")
        await settle(pilot)
        assert "Only an answer by mail" in foot(app)
        await _by_mail_from_here(pilot)
        await pilot.press("ctrl+n")
        await settle(pilot)
        assert any("Envelope:" in line for line in shown(app))
        await type_text(pilot, "bcc")
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "nobody")
        await pilot.press("enter")
        await settle(pilot)
        assert "“nobody” is no mail address" in foot(app)
        assert app.inbox.pen.writing.envelope.bcc == ()


async def _by_mail_from_here(pilot: Any) -> None:
    await pilot.press("ctrl+x")
    await settle(pilot)
    await type_text(pilot, "Email")
    await pilot.press("enter")
    await settle(pilot)


async def test_a_copy_of_all_can_be_left_out() -> None:
    workspace = FakeWorkspace()
    async with running((160, 30), workspace) as (app, pilot, _):
        await _by_mail(pilot)
        pen = app.inbox.pen
        from dataclasses import replace

        place = pen.writing.way
        pen.ways = [
            replace(way, copies=("kho@x.example", "lan@x.example")) if n == place else way
            for n, way in enumerate(pen.ways)
        ]
        pen.rewrite(replace(pen.writing, reply_all=True))
        await settle(pilot)
        assert "cc 2" in line_with(app, "Reply all via Email")
        await _change(pilot, "cc", "lan@x.example")
        assert pen.writing.envelope.cc == ("lan@x.example",)
        assert not pen.writing.reply_all
