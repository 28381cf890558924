"""What every inbox sees besides its customers: machines, mistakes, and one who writes on three channels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from unibox_tui.connectors.errors import OutcomeUnknown, SendRejected
from unibox_tui.desk.actions import Call
from unibox_tui.sandbox import mails
from unibox_tui.sandbox.cast import Casting, Thread
from unibox_tui.sandbox.mails import Letter
from unibox_tui.sandbox.past import Past
from unibox_tui.sandbox.stories import Story, Turn
from unibox_tui.web.tokens import new_visitor

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
At = Callable[[int, Callable[[], Awaitable[None]]], None]
UNREADABLE = b"\0\0\0\0"


def plan(past: Past, casting: Casting, at: At, now: int) -> None:
    """Put all of them into the time before `now`."""
    _three_ways(past, casting, at, now)
    _machines(past, casting, at, now)
    _failures(past, casting, at, now)


def _three_ways(past: Past, casting: Casting, at: At, now: int) -> None:
    """A form on Monday, mails about it, then the chat; a colleague joins the two threads that are one matter."""
    story = Story(
        "ba-kenh",
        "vi",
        ("form",),
        subject="Đơn {code} giao trễ",
        turns=(
            Turn(
                ">",
                ("Mình đặt {item} đơn {code} từ thứ Hai, web báo đang giao mà chưa thấy gọi. Nhờ shop kiểm tra giúp.",),
            ),
            Turn(">", ("Dạ em gửi thêm ảnh màn hình theo dõi đơn. Shop gọi mình số {phone} sau 5 giờ chiều nha.",)),
            Turn(">", ("shop oi minh {given} day, hoi nay co gui mail vu don {code} do, co tin gi chua shop",)),
        ),
    )
    thread = casting.thread("form", story=story)
    chat = Thread(thread.telling, thread.brand, "chat", thread.brand.chat, visitor=new_visitor().id)
    texts = [thread.telling.fill(text) for text in thread.telling.texts]
    thread.telling.said = len(story.turns)

    async def form() -> None:
        await past.write(thread, texts[0])

    async def answered() -> None:
        await past.answer(
            "an", thread, f"Dạ em chào {thread.customer.given}, em đang hỏi bên vận chuyển, có tin em báo liền ạ."
        )

    async def mail() -> None:
        await past.write(thread, texts[1], ("photo",))

    async def chatted() -> None:
        await past.write(chat, texts[2])

    async def joined() -> None:
        if chat.conversation != thread.conversation:
            past.act("an", Call("join", {"into": thread.conversation}), chat.conversation)
        past.act(
            "an", Call("note", {"text": "Một khách, ba kênh: form, thư rồi chat. Đã gộp lại."}), thread.conversation
        )

    for before, step in ((26 * HOUR, form), (25 * HOUR, answered), (5 * HOUR, mail), (18 * MINUTE, chatted)):
        at(now - before, step)
    at(now - 16 * MINUTE, joined)


def _machines(past: Past, casting: Casting, at: At, now: int) -> None:
    """A list, a holiday, an invitation, a forwarded mail, winmail.dat, spam, and one that nobody can read."""

    def letter(when: int, **told: Any) -> Letter:
        return Letter(at=when, id=f"{past.chance.getrandbits(64):016x}@{told['address'].partition('@')[2]}", **told)

    def sent(before: int, inbox: str, make: Callable[[int], bytes], then: Call | None = None) -> None:
        async def step() -> None:
            found = await past.mail(inbox, make(past.at))
            if then is not None:
                past.act("binh", then, found.conversation)

        at(now - before, step)

    to_a, to_b = "hello@shop-a.example", "hello@baan-mali.example"
    sent(
        3 * DAY,
        "shop-a",
        lambda when: mails.newsletter(
            letter(when, name="Fabric Weekly", address="weekly@fabrics.example", to=to_a, subject="Linen prices this week", text="Linen is down 4%, silk is up 2%.\n\nTo leave the list: https://fabrics.example/leave")
        ),
        Call("resolve"),
    )  # fmt: skip
    sent(
        7 * HOUR,
        "shop-a",
        lambda when: mails.invitation(
            letter(when, name="Lý Gia Khánh", address="khanh@inan.example", to=to_a, subject="Họp chốt mẫu in túi giấy", text="Mời shop tham gia, 30 phút thôi ạ.", language="vi")
        ),
    )  # fmt: skip
    inner = mails.letter(
        letter(now - 30 * HOUR, name="Oskar Thorne", address="oskar@post.example", to="info@baan-mali.example", subject="Can I visit the workshop?", text="We are in town next week, two adults and a toddler. Is there a tour?")
    )  # fmt: skip
    sent(
        9 * HOUR,
        "baan-mali",
        lambda when: mails.forwarded(
            letter(when, name="ฝ่ายหน้าร้าน", address="front@baan-mali-store.example", to=to_b, subject="Fwd: Can I visit the workshop?", text="ลูกค้าส่งมาผิดที่ค่ะ รบกวนตอบให้ด้วยนะคะ", language="th"),
            inner,
        ),
    )  # fmt: skip
    sent(
        11 * HOUR,
        "baan-mali-order",
        lambda when: mails.from_outlook(
            letter(when, name="Priya Castellan", address="priya@kestrel.example", to="order@baan-mali.example", subject="Contract, signed", text="Please find the signed contract attached.\n\nPriya")
        ),
    )  # fmt: skip
    for index, (inbox, to) in enumerate((("shop-a", to_a), ("baan-mali", to_b), ("shop-a", to_a))):
        sent(
            (2 + index) * DAY,
            inbox,
            lambda when, i=index, to=to: mails.letter(  # type: ignore[misc]
                letter(when, name="Lucky Winner", address=f"win{i}@prizes.example", to=to, subject="You have WON!!!", text="Claim 1,000,000 now: https://prizes.example/claim")
            ),
            Call("spam", {"spam": True}),
        )  # fmt: skip
    sent(4 * HOUR, "shop-a", lambda _: UNREADABLE)


def _failures(past: Past, casting: Casting, at: At, now: int) -> None:
    """A mail that came back, one the server refused, one that nobody knows about, and somebody on holiday."""

    def begun(before: int, text: str, fate: Any = None) -> Thread:
        thread = casting.thread("mail", language="vi")
        said = thread.telling.next_of_customer() or ("", ())

        async def asked() -> None:
            await past.write(thread, *said)

        async def answered() -> None:
            await past.answer("an", thread, text, fate)

        at(now - before - 3 * HOUR, asked)
        at(now - before, answered)
        return thread

    text = "Dạ em nhận được thư rồi ạ, em kiểm tra và báo lại mình trong hôm nay nha."
    returned = begun(2 * DAY, text)
    begun(6 * HOUR, text, SendRejected("550 5.7.1 The recipient's server refuses this mail.", code="550"))
    begun(4 * HOUR, text, OutcomeUnknown("The line broke after the mail was handed over."))
    absent = begun(DAY, text)

    async def bounced() -> None:
        address = returned.customer.email
        id = f"{past.chance.getrandbits(64):016x}@{address.partition('@')[2]}"
        original = (
            f"From: {returned.brand.mailboxes[returned.inbox]}\r\nMessage-ID: <{returned.ids[-1]}>\r\n\r\n"
        ).encode()
        await past.mail(returned.inbox, mails.bounce(original, address, address.partition("@")[2], past.at, id))

    async def away() -> None:
        made = absent.letter(
            "Em đang nghỉ phép, thứ Hai em trả lời ạ.\n(Thư trả lời tự động)", (), past.at, past.chance
        )
        await past.mail(absent.inbox, mails.away(made))

    at(now - 2 * DAY + MINUTE, bounced)
    at(now - DAY + MINUTE, away)
