"""The live chat over its real socket: what visitors and agents see of each other."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.web.conftest import SECRETS, World
from unibox_tui.desk import reading
from unibox_tui.domain.words import InboxState
from unibox_tui.store import inboxes, livechat
from unibox_tui.web.hub import LEFT_AFTER_MS


def user(id: str) -> dict[str, str]:
    return {"id": id, "hash": hmac.new(SECRETS["identity_secret"].encode(), id.encode(), hashlib.sha256).hexdigest()}


async def test_a_message_becomes_a_conversation_and_the_answer_comes_back(world: World) -> None:
    await world.start()
    async with world.visitor(person={"name": "Nguyễn Thị Hoa", "email": "hoa@khach.example"}, lang="vi") as hoa:
        assert await hoa.write("Áo này còn size M không ạ?") == {"t": "got", "id": "message-0001"}
        line = await hoa.hear("line")
        assert (line["mine"], line["text"], line["id"]) == (True, "Áo này còn size M không ạ?", "message-0001")
        await world.reply("Dạ còn ạ <b>https://shop.example</b>")
        line = await hoa.hear("line")
        assert (line["mine"], line["name"], line["text"]) == (False, "Linh", "Dạ còn ạ <b>https://shop.example</b>")
    (identity,) = world.rows("SELECT kind, name, verified FROM identity")
    assert tuple(identity) == ("visitor", "Nguyễn Thị Hoa", 0)
    assert world.rows("SELECT value FROM contact_key WHERE kind = 'email'")[0][0] == "hoa@khach.example"


async def test_a_message_said_again_is_stored_once(world: World) -> None:
    await world.start()
    async with world.visitor() as first:
        await first.write("สวัสดีค่ะ")
        await first.hear("line")
        token = first.token
        await first.write("สวัสดีค่ะ")
    world.app.state.hub._recent._seen.clear()  # as after a restart of the service
    async with world.visitor(token=token) as again:
        assert [line["text"] for line in again.welcome["lines"]] == ["สวัสดีค่ะ"]
        assert (await again.write("สวัสดีค่ะ"))["t"] == "got"
        await again.write("มีสีแดงไหมคะ", id="message-0002")
        await again.hear("line")
    assert [text for _, text in world.said()] == ["สวัสดีค่ะ", "มีสีแดงไหมคะ"]


async def test_receipts_move_the_answer_forward_and_the_visitors_leaving_is_kept(world: World) -> None:
    await world.start()
    async with world.visitor() as visitor:
        await visitor.write("hello")
        await visitor.hear("line")
        await world.reply("hi")
        line = await visitor.hear("line")

        def state() -> str:
            return str(world.rows("SELECT state FROM message WHERE direction = 'out'")[0][0])

        assert state() == "sent"
        await visitor.say("ack", n=line["n"])
        await world.until(lambda: state() == "delivered")
        await visitor.say("read", n=line["n"])
        await world.until(lambda: state() == "read")
    hub = world.app.state.hub
    await world.until(lambda: hub._gone)
    world.clock_shift += LEFT_AFTER_MS
    await hub.tick()
    (event,) = await world.until(lambda: world.rows("SELECT data FROM event WHERE kind = 'visitor.left'"))
    assert set(json.loads(event["data"])) <= {"waited_ms"}


async def test_notes_and_other_visitors_stay_out_of_the_thread(world: World) -> None:
    from tests.web.conftest import LINH
    from unibox_tui.desk import answer

    await world.start()
    async with world.visitor() as hoa, world.visitor() as somchai:
        await hoa.write("mine")
        await hoa.hear("line")
        await somchai.write("ของฉัน")
        await somchai.hear("line")
        first = int(world.rows("SELECT min(id) FROM conversation")[0][0])
        await world.db.write(lambda tx: answer.note(tx, LINH, first, "khách khó tính"))
        await world.reply("for Hoa alone", conversation=first)
        assert (await hoa.hear("line"))["text"] == "for Hoa alone"
        await somchai.say("older", before=1 << 61)
        assert [line["text"] for line in (await somchai.hear("older"))["lines"]] == ["ของฉัน"]
        # An ack for a line of another thread says nothing.
        n = int(world.rows("SELECT n FROM message WHERE direction = 'out'")[0][0])
        await somchai.say("ack", n=n)
        await somchai.write("again", id="message-0002")
        await somchai.hear("line")
        assert world.rows("SELECT state FROM message WHERE direction = 'out'")[0][0] == "sent"
    async with world.visitor(token=somchai.token) as somchai:
        assert [line["text"] for line in somchai.welcome["lines"]] == ["ของฉัน", "again"]


async def test_forged_and_foreign_tokens_open_an_empty_thread(world: World) -> None:
    await world.start()
    async with world.visitor() as hoa:
        await hoa.write("secret")
        await hoa.hear("line")
    body, _, signature = hoa.token.partition(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    for token in (f"{body}.{flipped}", body, "x", f"{body}.", "ữ.ữ", "a" * 10_000):
        async with world.visitor(token=token) as stranger:
            assert stranger.welcome["lines"] == []
            assert stranger.token != hoa.token


async def test_a_vouched_customer_has_one_thread_everywhere_and_a_wrong_hash_is_refused(world: World) -> None:
    await world.start()
    async with world.visitor(user=user("kh-17")) as phone:
        await phone.write("from the phone")
        await phone.hear("line")
        kept = phone.token
    async with world.visitor(user=user("kh-17")) as laptop:
        assert [line["text"] for line in laptop.welcome["lines"]] == ["from the phone"]
    async with world.visitor(user={"id": "kh-17", "hash": user("kh-18")["hash"]}) as thief:
        assert thief.welcome == {"t": "no", "code": "identity"}
    # A customer's token alone, say after they logged out, is a stranger's.
    async with world.visitor(token=kept) as later:
        assert later.welcome["lines"] == []
    assert world.rows("SELECT verified FROM identity WHERE address = 'u-kh-17'")[0][0] == 1


async def test_what_a_vouched_page_states_besides_the_id_is_not_vouched_for(world: World) -> None:
    await world.start()
    async with world.visitor(user=user("kh-17"), person={"email": "victim@khach.example"}) as visitor:
        await visitor.write("hello")
        await visitor.hear("line")
    assert [row[0] for row in world.rows("SELECT verified FROM contact_key WHERE kind = 'email'")] == [0]


async def test_an_inbox_may_insist_on_vouched_customers(world: World) -> None:
    world.configure(chat={"identity_required": True})
    await world.start()
    async with world.visitor() as stranger:
        assert stranger.welcome == {"t": "no", "code": "identity_required"}


@pytest.mark.parametrize(
    ("origins", "origin", "opens"),
    [
        (("https://shop.example",), "https://shop.example", True),
        (("https://shop.example",), "http://shop.example", False),
        (("https://shop.example",), "https://shop.example.evil.example", False),
        (("https://*.shop.example",), "https://www.shop.example", True),
        (("https://*.shop.example",), "https://eshop.example", False),
        ((), "https://shop.example", False),
        (("*",), "https://anywhere.example", True),
        (("https://shop.example",), "null", False),
    ],
)
async def test_only_allowed_sites_open_the_socket(
    world: World, origins: tuple[str, ...], origin: str, opens: bool
) -> None:
    world.configure(chat={"origins": origins})
    await world.start()
    address = f"ws://127.0.0.1:{world.port}/w/chat/socket"
    if opens:
        async with connect(address, origin=origin):  # type: ignore[arg-type]
            return
    with pytest.raises(InvalidStatus) as refused:
        async with connect(address, origin=origin):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403


async def test_nonsense_is_answered_and_hurts_nobody(world: World) -> None:
    await world.start()
    async with world.visitor() as visitor:
        for frame, code in (
            ({"t": "msg", "id": "short", "text": "x"}, "bad"),
            ({"t": "msg", "id": "message-0001", "text": 7}, "bad"),
            ({"t": "msg", "id": "message-0001", "text": " \n "}, "empty"),
            ({"t": "msg", "id": "message-0001", "text": "x" * 4001}, "long"),
            ({"t": "msg", "id": "message-0001", "text": "", "files": ["forged.reference"]}, "file"),
            ({"t": "drop tables"}, "bad"),
        ):
            await visitor.say(**{"kind": frame.pop("t"), **frame})  # type: ignore[arg-type]
            assert (await visitor.hear("no"))["code"] == code
        await visitor.say("read", n="all")
        await visitor.say("older", before=None)
        assert (await visitor.hear("older"))["lines"] == []
        assert (await visitor.write("still here"))["t"] == "got"
        await visitor.socket.send("[1]")
        with pytest.raises(ConnectionClosed):
            await visitor.hear("never")


async def test_too_fast_is_told_when_to_come_again(world: World) -> None:
    world.configure(chat={"messages_per_minute": 30})
    await world.start()
    async with world.visitor() as visitor:
        answers = [await visitor.write("x", id=f"message-{number:04}") for number in range(25)]
        refused = [answer for answer in answers if answer["t"] == "no"]
        assert 1 <= len(refused) <= 5
        assert all(answer["code"] == "slow" and 0 < answer["wait"] <= 2 for answer in refused)


async def test_connections_are_counted_per_visitor(world: World) -> None:
    await world.start()
    async with world.visitor() as first:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(world.limits.connections_per_visitor - 1):
                await stack.enter_async_context(world.visitor(token=first.token))
            async with world.visitor(token=first.token) as refused:
                assert refused.welcome["code"] == "full"
        hub = world.app.state.hub
        await world.until(lambda: len(hub.visits) == 1)
        async with world.visitor(token=first.token) as again:
            assert again.welcome["t"] == "welcome"


async def test_typing_goes_both_ways_and_a_note_is_not_typing(world: World) -> None:
    await world.start()
    async with world.visitor() as visitor:
        await visitor.write("hello")
        await visitor.hear("line")
        await visitor.say("typing", on=True)
        (row,) = await world.until(lambda: world.rows("SELECT * FROM presence WHERE agent = :v", v=livechat.VISITOR))
        assert row["conversation_id"] == world.conversation()
        conversation = world.conversation()

        from tests.web.conftest import LINH

        await world.db.write(lambda tx: reading.typing(tx, LINH, conversation, "s1", "typing"))
        assert await visitor.hear("typing") == {"t": "typing", "on": True, "name": "Linh"}
        await world.db.write(lambda tx: reading.typing(tx, LINH, conversation, "s1", "noting"))
        assert (await visitor.hear("typing"))["on"] is False


async def test_the_visitor_sees_that_an_agent_has_read(world: World) -> None:
    await world.start()
    async with world.visitor() as visitor:
        await visitor.write("hello")
        line = await visitor.hear("line")
        conversation = world.conversation()
        await world.db.write(
            lambda tx: tx.run(
                "INSERT INTO read_marker (agent, conversation_id, n, at) VALUES ('linh', :id, :n, 1)",
                id=conversation,
                n=line["n"],
            )
        )
        assert (await visitor.hear("seen"))["n"] == line["n"]


async def test_long_threads_come_in_pages(world: World) -> None:
    world.configure(chat={"messages_per_minute": 6000, "address_messages_per_minute": 6000})
    world.limits = type(world.limits)(frames_per_minute=6000)
    await world.start()
    async with world.visitor() as visitor:
        for number in range(60):
            await visitor.write(str(number), id=f"message-{number:04}")
        await world.until(lambda: len(world.said()) == 60)
    async with world.visitor(token=visitor.token) as visitor:
        assert visitor.welcome["more"] is True
        shown = [line["text"] for line in visitor.welcome["lines"]]
        await visitor.say("older", before=visitor.welcome["lines"][0]["n"])
        rest = await visitor.hear("older")
        assert rest["more"] is False
        assert [line["text"] for line in rest["lines"]] + shown == [str(number) for number in range(60)]
        last = visitor.welcome["lines"][-1]["n"]
    async with world.visitor(token=visitor.token, after=last) as visitor:
        assert [line["n"] for line in visitor.welcome["lines"]][-1] == last


async def test_an_answer_of_an_agent_arrives_at_once(world: World) -> None:
    """The way of the answer: commit, bell, one read, socket. No figure is asserted here; the benchmark has it."""
    await world.start()
    async with world.visitor() as visitor:
        await visitor.write("hello")
        await visitor.hear("line")
        for number in range(20):
            await world.reply(str(number))
            assert (await visitor.hear("line"))["text"] == str(number)


async def test_stopping_the_service_closes_the_sockets_without_saying_that_anybody_left(world: World) -> None:
    await world.start()
    async with world.visitor() as visitor:
        await visitor.write("hello")
        await visitor.hear("line")
        stopping = asyncio.create_task(world.stop_edge())
        with pytest.raises(ConnectionClosed):
            await visitor.hear("never")
        await stopping
    assert not world.app.state.hub._gone


async def test_words_no_text_can_hold_break_nothing(world: World) -> None:
    await world.start()
    async with world.visitor(user={"id": "\ud800", "hash": "\ud800"}) as odd:
        assert odd.welcome["code"] == "identity"
    async with world.visitor(person={"name": "\ud800"}) as visitor:
        assert (await visitor.write("a\ud800b\0c"))["t"] == "got"
        assert (await visitor.hear("line"))["text"] == "a?bc"
        await visitor.socket.send("[" * 60_000)
        with pytest.raises(ConnectionClosed):
            await visitor.hear("never")
    async with world.visitor(token=visitor.token) as again:
        assert len(again.welcome["lines"]) == 1


async def test_a_paused_inbox_says_that_nobody_is_there_and_takes_the_message(world: World) -> None:
    def put(state: InboxState) -> None:
        chat = world.inboxes.get("chat")
        assert chat is not None
        world.db.write_now(lambda tx: inboxes.set_state(tx, chat.id, state))

    await world.start()
    async with world.visitor() as visitor:
        assert visitor.welcome["online"] is True
        put(InboxState.PAUSED)
        assert (await visitor.hear("online"))["on"] is False
        assert (await visitor.write("Có ai không ạ?"))["t"] == "got"
        async with world.visitor() as other:
            assert other.welcome["online"] is False
        put(InboxState.ON)
        assert (await visitor.hear("online"))["on"] is True
    await world.until(world.said)
