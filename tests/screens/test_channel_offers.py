"""What a channel offers besides answering, as it is chosen on the screen: templates, reactions, parts, files fetched anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle, shown, type_text
from unibox_tui.screens.ports import Option

TEMPLATE = Option("zalo-shop-a/77", "giao_hang · vi", "Đơn {{ma}} giao {{ngay}}", fields=("ma", "ngay"))


def house(
    *, closed: bool = False, failed_file: bool = False, options: dict[str, tuple[Option, ...]] | None = None
) -> FakeWorkspace:
    workspace = FakeWorkspace()
    read_thread, read_options = workspace.thread, workspace.options

    async def thread(conversation: int, **more: Any) -> Any:
        found = await read_thread(conversation, **more)
        ways = found.ways
        if closed:
            ways = tuple(replace(way, allowed=False, reason="window_closed", offers=("template",)) for way in ways)
        else:
            ways = tuple(replace(way, text_limit=40, text_parts=10) for way in ways)
        entries = found.entries
        if failed_file:
            entries = tuple(
                replace(
                    one, files=tuple(replace(file, state="failed", reason="The link is dead.") for file in one.files)
                )
                for one in entries
            )
        return replace(found, ways=ways, entries=entries)

    async def asked(kind: str, conversation: int | None = None) -> Any:
        return options[kind] if options and kind in options else await read_options(kind, conversation)

    workspace.thread, workspace.options = thread, asked  # type: ignore[method-assign]
    return workspace


async def test_where_the_window_is_closed_t_chooses_a_template_and_asks_for_its_fields() -> None:
    workspace = house(closed=True, options={"template": (TEMPLATE,)})
    async with running(workspace=workspace) as (app, pilot, _):
        await pilot.press("r")
        await settle(pilot)
        assert line_with(app, "t choose a")
        await pilot.press("t")
        await settle(pilot)
        assert any("giao_hang" in line for line in shown(app))
        await pilot.press("enter")
        await settle(pilot)
        assert any("giao_hang · vi · ma:" in line for line in shown(app))
        await type_text(pilot, "DH1")
        await pilot.press("enter")
        await settle(pilot)
        await type_text(pilot, "mai")
        await pilot.press("enter")
        await settle(pilot)
    call, args, targets = workspace.performed[-1]
    assert (call, len(targets)) == ("template", 1)
    assert (args["inbox"], args["template"], args["values"]) == ("zalo-shop-a", "77", {"ma": "DH1", "ngay": "mai"})


async def test_without_a_template_it_says_so() -> None:
    async with running(workspace=house(closed=True)) as (app, pilot, workspace):
        await pilot.press("t")
        await settle(pilot)
        assert "No template can be sent" in foot(app)
        assert not workspace.performed


async def test_a_reaction_is_chosen_from_what_the_channel_takes() -> None:
    workspace = house(options={"reaction": (Option("👍", "👍"), Option("🙏", "🙏"))})
    async with running(workspace=workspace) as (_app, pilot, _):
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("g", "+")
        await settle(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
    call, args, _targets = workspace.performed[-1]
    assert (call, args["emoji"]) == ("react", "🙏")
    assert isinstance(args["message"], int)


async def test_a_long_text_says_in_how_many_parts_it_leaves_and_shows_them() -> None:
    async with running(workspace=house()) as (app, pilot, _workspace):
        await pilot.press("r")
        await settle(pilot)
        app.inbox.pen.paste("Dạ đơn của chị đã được gửi đi. Mai hàng tới nơi chị nhé ạ.")
        await settle(pilot)
        assert line_with(app, "2 parts")
        from unibox_tui.actions import BY_ID

        app.inbox.commands.run(BY_ID["parts"])
        await settle(pilot)
        assert line_with(app, "1/2  Dạ đơn của chị đã được gửi đi.")
        assert line_with(app, "2/2  Mai hàng tới nơi chị nhé ạ.")


async def test_saving_a_file_that_could_not_be_fetched_asks_for_it_anew() -> None:
    workspace = house(failed_file=True)
    async with running(workspace=workspace) as (app, pilot, _):
        await pilot.press("enter")
        await settle(pilot)
        place = next(n for n, entry in enumerate(app.inbox.talk.thread.entries) if entry.files)
        assert any("The link is dead." in line for line in shown(app))
        while app.inbox.thread.cursor.n != app.inbox.talk.thread.entries[place].n:
            await pilot.press("k")
            await settle(pilot)
        await pilot.press("w")
        await settle(pilot)
    assert workspace.performed[-1][0] == "fetch_again"


async def test_a_sticker_is_sent_by_its_id_past_nothing_unseen() -> None:
    from unibox_tui.actions import BY_ID

    async with running((120, 30)) as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        app.inbox.commands.run(BY_ID["sticker"])
        await settle(pilot)
        await type_text(pilot, "446/1988")
        await pilot.press("enter")
        await settle(pilot)
        call, args, targets = workspace.performed[-1]
        assert (call, args["sticker"], targets) == ("sticker", "446/1988", (10_482,))
        assert args["seen_n"] == workspace.entries[10_482][-1].n
