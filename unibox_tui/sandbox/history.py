"""The weeks before the demo: who wrote, who answered, and how things stand now."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from unibox_tui.desk import canned
from unibox_tui.desk.actions import Call
from unibox_tui.sandbox import mails, oddities, postbox
from unibox_tui.sandbox.cast import Casting, Thread
from unibox_tui.sandbox.past import Past, PastStore
from unibox_tui.sandbox.people import COLLEAGUES, called
from unibox_tui.sandbox.workspace import Workspace
from unibox_tui.store import agents, lessons
from unibox_tui.store.database import Tx
from unibox_tui.web.tokens import new_visitor

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
Step = Callable[[], Awaitable[None]]

# How things stand at the end, how many of them, whose ("me", "other", "nobody"), and how long ago the last thing happened.
ENDINGS: tuple[tuple[str, int, str, tuple[int, int]], ...] = (
    ("waiting", 12, "me", (2 * MINUTE, 9 * HOUR)),
    ("waiting", 24, "nobody", (2 * MINUTE, 14 * HOUR)),
    ("waiting", 13, "other", (4 * MINUTE, 20 * HOUR)),
    ("pending", 5, "me", (HOUR, 2 * DAY)),
    ("pending", 7, "other", (HOUR, 3 * DAY)),
    ("snoozed", 3, "me", (3 * HOUR, 2 * DAY)),
    ("snoozed", 6, "other", (3 * HOUR, 3 * DAY)),
    ("resolved", 8, "me", (HOUR, 18 * DAY)),
    ("resolved", 34, "other", (HOUR, 20 * DAY)),
)
# What the colleagues of the stories answer again and again: suggestions have learned from them.
_CANNED = (
    ("chao", "Chào khách", "Dạ em chào {title} {given}, em là {agent} bên {inbox} ạ.", "vi"),
    ("ship", "Phí giao hàng", "Dạ phí 30.000 ₫, đơn từ 500.000 ₫ bên em miễn phí luôn ạ.", "vi"),
    ("hoan", "Hoàn tiền", "Dạ tiền đã hoàn hôm nay, {title} kiểm tra giúp em ạ.", "vi"),
    (
        "doi",
        "Đổi hàng",
        "Dạ được ạ, bên em đổi size miễn phí trong 7 ngày. {title} cho em xin chiều cao cân nặng để em chọn size cho "
        "chuẩn nha.",
        "vi",
    ),
    (
        "loi",
        "Bảo hành",
        "Dạ em xin lỗi {title}, hàng lỗi đường may bên em bảo hành 30 ngày. {title} cho em xin mã đơn ạ?",
        "vi",
    ),
    ("สวัสดี", "ทักทาย", "สวัสดีค่ะคุณ{given} {agent}จาก{inbox}ยินดีให้บริการค่ะ", "th"),
    ("ส่ง", "ค่าส่ง", "ค่าจัดส่ง 50 บาท สั่งครบ 990 บาทส่งฟรีค่ะ", "th"),
    ("คืนเงิน", "คืนเงิน", "โอนคืนเรียบร้อยแล้วค่ะ รบกวนตรวจสอบอีกครั้งนะคะ", "th"),
    (
        "เปลี่ยน",
        "เปลี่ยนไซซ์",
        "ได้ค่ะ เปลี่ยนไซซ์ฟรีภายใน 7 วัน รบกวนขอรอบอกกับส่วนสูงหน่อยนะคะ จะได้แนะนำไซซ์ให้ค่ะ",
        "th",
    ),
    ("เคลม", "เคลมสินค้า", "ขอโทษด้วยนะคะ สินค้ารับประกัน 30 วันค่ะ ขอเลขออเดอร์หน่อยนะคะ", "th"),
    ("hello", "Greeting", "Hello {given}, this is {agent} of {inbox}. How can I help?", "en"),
    ("refund", "Refund", "The refund was booked today.", "en"),
    ("exchange", "Exchange", "Of course, exchanges are free within seven days. Shall we pick it up tomorrow?", "en"),
)
# What they taught beside, as by `unibox suggest train`.
_TAUGHT = {
    "chao": ("shop ơi", "alo shop", "shop có đó không ạ", "chào shop"),
    "ship": (
        "phí ship bao nhiêu vậy shop",
        "ship về Đà Nẵng nhiêu tiền",
        "cho mình hỏi phí giao hàng",
        "tiền ship tính sao vậy",
        "đơn bao nhiêu thì free ship",
    ),
    "hoan": ("hoàn tiền cho em chưa", "bao giờ hoàn lại tiền vậy shop", "sao chưa thấy tiền hoàn về"),
    "doi": (
        "cho em đổi size được không ạ",
        "mình muốn đổi cái khác",
        "áo rộng quá đổi size nhỏ hơn giúp mình",
        "hàng không vừa có đổi được không shop",
    ),
    "loi": ("áo bị lỗi có bảo hành không", "bảo hành bao lâu vậy shop", "áo mới mua đã bung chỉ"),
    "สวัสดี": ("สวัสดีค่ะ", "แม่ค้าอยู่ไหมคะ", "สวัสดีครับ"),
    "ส่ง": ("ค่าส่งเท่าไหร่คะ", "ส่งเชียงใหม่คิดค่าส่งกี่บาท", "ค่าจัดส่งคิดยังไงครับ", "สั่งกี่บาทถึงส่งฟรี"),
    "เคลม": ("สินค้าชำรุดเคลมได้ไหมคะ", "ขอเคลมหน่อยค่ะ ตะเข็บหลุด", "รับประกันกี่วันครับ"),
    "คืนเงิน": ("เมื่อไหร่จะคืนเงินคะ", "ยังไม่ได้รับเงินคืนเลย", "ขอเงินคืนค่ะ"),
    "hello": ("hello", "hi there", "anybody there?"),
    "exchange": ("can I exchange it for another size?", "it does not fit, I need a bigger size"),
    "refund": ("when do I get my refund?", "I want my money back", "the refund has not arrived yet"),
}


@dataclass(slots=True)
class Made:
    """What the past left: `threads` in which a customer may still say something."""

    threads: list[Thread] = field(default_factory=list)
    conversations: int = 0


@dataclass(slots=True)
class _Plot:
    """One thread on its way to an ending. `owner` is an agent's account, or "" for nobody."""

    thread: Thread
    ending: str
    owner: str
    times: list[int]
    cut: int


def seed(workspace: Workspace, me: str, *, now: int, seed: int = 1) -> Made:
    """Fill an empty workspace, as if three weeks had passed. `me`: the account of whoever runs the demo."""
    chance = random.Random(seed)  # noqa: S311  the same each time
    with contextlib.closing(PastStore(workspace.home.database)) as db:
        return db.whole(lambda: asyncio.run(_live(workspace, db, chance, me, now)))


async def _live(workspace: Workspace, db: PastStore, chance: random.Random, me: str, now: int) -> Made:
    casting = Casting(chance)
    past = Past(workspace, workspace.config(), db, chance, now - 25 * DAY)
    _settle_in(past, me)
    _old_mail(past, casting, now)
    made = Made()
    steps: list[tuple[int, int, Step]] = []
    count = itertools.count()

    def at(when: int, step: Step) -> None:
        heapq.heappush(steps, (min(when, now), next(count), step))

    for plot in _plots(casting, chance, me, now):
        made.threads.append(plot.thread)
        for when, step in _told(past, plot, now):
            at(when, step)
    oddities.plan(past, casting, at, now)
    while steps:
        when, _, step = heapq.heappop(steps)
        past.at = max(past.at, when)
        await step()
    made.conversations = len({thread.conversation for thread in made.threads})
    return made


def _settle_in(past: Past, me: str) -> None:
    """The colleagues and what they have ready."""
    for account, (display, language) in COLLEAGUES.items():
        past.db.write_now(lambda tx, a=account, d=display, g=language: agents.ensure(tx, a, d, g))  # type: ignore[misc]
    past.db.write_now(lambda tx: agents.ensure(tx, me, COLLEAGUES.get(me, ("", ""))[0]))
    past.db.write_now(_ready)


def _ready(tx: Tx) -> None:
    for shortcut, title, text, language in _CANNED:
        key = f"canned:{canned.add(tx, 'an', shortcut, text, title=title, language=language)}"
        for question in _TAUGHT.get(shortcut, ()):
            lessons.teach(tx, question, key)


def _old_mail(past: Past, casting: Casting, now: int) -> None:
    """Mails that lie in the mailboxes since before unibox was there: the service finds them as history."""
    for index in range(14):
        thread = casting.thread("mail")
        when = now - (26 + index * 3) * DAY
        folder = past.workspace.maildir(thread.inbox)
        while (said := thread.telling.next_of_customer()) is not None and thread.mails < 3:
            mail = mails.letter(thread.letter(*said, when, past.chance))
            postbox.deliver(folder, mail, at=when, seen=True)
            when += past.chance.randrange(2 * HOUR, 10 * HOUR)


def _plots(casting: Casting, chance: random.Random, me: str, now: int) -> Iterator[_Plot]:
    """Spread over channels and languages; the freshest that wait are chats."""
    others = [account for account in COLLEAGUES if account != me]
    for ending, number, whose, (newest, oldest) in ENDINGS:
        for index in range(number):
            share = (index + chance.random() * 0.5) / number
            age = int(newest + (oldest - newest) * share**2)
            way = (
                "chat"
                if age < 40 * MINUTE and chance.random() < 0.75
                else chance.choice(("mail", "mail", "chat", "form"))
            )
            thread = casting.thread(way)
            thread.visitor = new_visitor().id if way == "chat" else ""
            language = thread.brand.language
            owner = me if whose == "me" else "" if whose == "nobody" else _whom(others, language, chance)
            cut = _cut(thread, ending, owner, chance)
            yield _Plot(thread, ending, owner, _times(thread, cut, now - age, chance), cut)


def _whom(others: list[str], language: str, chance: random.Random) -> str:
    speaking = [account for account in others if COLLEAGUES[account][1] == language]
    return chance.choice(speaking or others)


def _cut(thread: Thread, ending: str, owner: str, chance: random.Random) -> int:
    """How many turns are told: up to one of the customer's when they wait, of ours when we do."""
    turns = thread.telling.story.turns
    if ending == "resolved":
        return len(turns)
    last = ">" if ending == "waiting" else "<"
    ends = [index + 1 for index, turn in enumerate(turns) if turn.who == last]
    return ends[0] if not owner else chance.choice(ends)


def _times(thread: Thread, cut: int, last: int, chance: random.Random) -> list[int]:
    """When each turn happens, the last one at `last`."""
    low, high = (25_000, 5 * MINUTE) if thread.way == "chat" else (20 * MINUTE, 9 * HOUR)
    times = [last]
    while len(times) < cut:
        times.append(times[-1] - chance.randrange(low, high))
    return times[::-1]


def _told(past: Past, plot: _Plot, now: int) -> Iterator[tuple[int, Step]]:
    """The steps of one plot with their times."""
    story, first_ours = plot.thread.telling.story, True
    for index in range(plot.cut):
        when, turn = plot.times[index], story.turns[index]
        if turn.who == ">":
            yield when, _customer(past, plot, index)
        else:
            if first_ours and (story.label or story.priority):
                yield when - 5_000, _sort(past, plot)
                first_ours = False
            yield when, _ours(past, plot, index)
    last = plot.times[-1]
    if plot.ending == "waiting" and plot.owner:
        yield last + 20_000, _owned(past, plot)
    elif plot.ending == "waiting" and past.chance.random() < 0.35 and story.label:
        yield last + 30_000, _labelled_only(past, plot)
    elif plot.ending in ("pending", "resolved"):
        yield (
            last + past.chance.randrange(MINUTE, 50 * MINUTE),
            _status(past, plot, Call({"pending": "pending", "resolved": "resolve"}[plot.ending])),
        )
    elif plot.ending == "snoozed":
        until = now + past.chance.choice((40 * MINUTE, 3 * HOUR, 18 * HOUR, 2 * DAY, 4 * DAY))
        yield last + 2 * MINUTE, _status(past, plot, Call("snooze", {"until": until}))


def _conversation(plot: _Plot) -> int:
    assert plot.thread.conversation is not None
    return plot.thread.conversation


def _customer(past: Past, plot: _Plot, index: int) -> Step:
    async def step() -> None:
        turn, telling = plot.thread.telling.story.turns[index], plot.thread.telling
        telling.said = index + 1
        await past.write(plot.thread, _said(plot, index), turn.files)

    return step


def _ours(past: Past, plot: _Plot, index: int) -> Step:
    async def step() -> None:
        telling, thread = plot.thread.telling, plot.thread
        telling.said = index + 1
        text = _said(plot, index)
        if telling.story.turns[index].who == "*":
            past.act(plot.owner, Call("note", {"text": text}), thread.conversation)
            return
        past.look(plot.owner, _conversation(plot), past.chance.randrange(8, 90))
        done = await past.answer(plot.owner, thread, text, kinds=telling.story.turns[index].files)
        if thread.way == "chat" and past.chance.random() < 0.9:
            await past.seen(thread, done.data["n"], past.at)

    return step


def _sort(past: Past, plot: _Plot) -> Step:
    """Whoever takes it says what it is about."""

    async def step() -> None:
        story, conversation = plot.thread.telling.story, _conversation(plot)
        past.act(plot.owner, Call("assign", {"agent": plot.owner, "take": True}), conversation)
        if story.label:
            past.act(plot.owner, Call("label", {"labels": [story.label]}), conversation)
        if story.priority:
            past.act(plot.owner, Call("priority", {"priority": story.priority}), conversation)

    return step


def _labelled_only(past: Past, plot: _Plot) -> Step:
    async def step() -> None:
        past.act("binh", Call("label", {"labels": [plot.thread.telling.story.label]}), plot.thread.conversation)

    return step


def _owned(past: Past, plot: _Plot) -> Step:
    """Taken, and sometimes read already."""

    async def step() -> None:
        past.act(plot.owner, Call("assign", {"agent": plot.owner, "take": True}), plot.thread.conversation)
        if past.chance.random() < 0.4:
            past.look(plot.owner, _conversation(plot), past.chance.randrange(5, 40))

    return step


def _status(past: Past, plot: _Plot, call: Call) -> Step:
    async def step() -> None:
        past.act(plot.owner, call, plot.thread.conversation)

    return step


def _said(plot: _Plot, index: int) -> str:
    """A turn's words, with the name of whoever answers in it."""
    telling = plot.thread.telling
    name = called(plot.owner, telling.customer.language)
    return telling.fill(telling.texts[index], **({"agent": name} if name else {}))
