"""From an action to what does it: moves go to the panes, the rest becomes a desk call on the conversations painted now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unibox_tui.actions import BY_ID, Action
from unibox_tui.command_line import Said
from unibox_tui.domain.errors import Refused, UniboxError, WrongUse
from unibox_tui.locale import _
from unibox_tui.screens import pages, take_out
from unibox_tui.screens.aid_commands import HANDLERS as AID_HANDLERS
from unibox_tui.screens.asking import Asking
from unibox_tui.screens.channel_commands import CHANNEL
from unibox_tui.screens.envelope import open_envelope
from unibox_tui.screens.hands import HANDLERS as HAND_HANDLERS
from unibox_tui.screens.hands import Hands
from unibox_tui.screens.moving import MOVES
from unibox_tui.screens.order_commands import ORDERS, scan
from unibox_tui.screens.people_commands import PEOPLE
from unibox_tui.widgets.rows import hits_in

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

_FITS = {
    "retry": frozenset({"failed", "unknown"}),
    "keep": frozenset({"unknown"}),
    "cancel": frozenset({"held", "queued"}),
}
LONGEST_NUMBER = 8  # digits; what is longer is a code that was scanned
Handler = Callable[["Commands", int | None, Mapping[str, Any]], None]


class Commands:
    screen: InboxScreen
    asking: Asking
    hands: Hands

    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.asking = Asking(screen)
        self.hands = Hands(screen)
        self._count: int | None = None
        self._last: tuple[Action, dict[str, Any]] | None = None

    def run(self, action: Action, count: int | None = None, args: Mapping[str, Any] | None = None) -> None:
        """Do it now, or ask for what is missing. Errors go to the foot."""
        try:
            self._run(action, count, dict(args or {}))
        except UniboxError as error:
            self.screen.complain(error)

    def _run(self, action: Action, count: int | None, args: dict[str, Any]) -> None:
        self._count = count
        if not action.many and action.id != "everything":
            self.hands.many.not_for(action)
        move = MOVES.get(action.id)
        if move is not None:
            self.hands.macros.note(action, count, {})
            move(self.screen, count or 1)
            return
        handler = _HANDLERS.get(action.id)
        if handler is not None:
            if not action.call and action.id not in _ASKING:
                self.hands.macros.note(action, count, args)
            handler(self, count, args)
            return
        if self.hands.run_own(action, count):
            return
        if action.call:
            self._desk(action, args)

    def more(self) -> Mapping[str, Action]:
        return self.hands.more()

    # Desk calls

    def _desk(self, action: Action, args: dict[str, Any]) -> None:
        targets = self.targets(action)
        message = self._message(action)
        missing = [argument for argument in action.arguments if argument.needed and argument.name not in args]
        if missing:
            self.asking.argument(
                action,
                missing[0],
                targets,
                lambda value: self._desk_with(action, args | {missing[0].name: value}, targets, message),
            )
            return
        self._desk_with(action, args, targets, message)

    def _desk_with(self, action: Action, args: dict[str, Any], targets: tuple[int, ...], message: int | None) -> None:
        missing = [argument for argument in action.arguments if argument.needed and argument.name not in args]
        if missing:
            self.asking.argument(
                action,
                missing[0],
                targets,
                lambda value: self._desk_with(action, args | {missing[0].name: value}, targets, message),
            )
            return
        if action.many:
            self._last = (action, dict(args))
        self.hands.macros.note(action, self._count if action.many else None, args)
        full = {**action.fixed, **args}
        if isinstance(full.get("until"), Said) and not full["until"].wakes:
            full["wake_on_reply"] = False
        if message is not None:
            full["message"] = message
        if action.id == "assign-me" and len(targets) == 1:
            row = next((row for row in self.screen.list.rows if row.id == targets[0]), None)
            if row is not None:
                full["seen_owner"] = row.assignee
        self.hands.many.sure(
            action, targets, lambda: self.screen.work(self._perform(action, full, targets), "act", exclusive=False)
        )

    async def _perform(self, action: Action, args: Mapping[str, Any], targets: tuple[int, ...]) -> None:
        done = await self.hands.many.perform(action, args, targets)
        self.screen.list.clear_marks()
        self.screen.done(done)
        touched = tuple(done.conversations) or targets
        await self.screen.lists.after_action(touched, back=action.call in ("undo", "redo"))
        if self.screen.talk.conversation in touched:
            self.screen.talk.reread()
        if action.call in ("cancel", "undo", "redo") and self.screen.talk.conversation in touched:
            await self.screen.pen.reload()
        await self.hands.performed(action, args, targets)

    def targets(self, action: Action) -> tuple[int, ...]:
        """The conversations painted under the hand: marked ones, the list's cursor, or the open one."""
        if action.call in ("undo", "redo", "new"):
            return ()
        screen = self.screen
        if screen.contacts.here:
            raise Refused(_("This works on conversations."), hint=_("{key} opens one.").format(key=_("Enter")))
        chosen = self.hands.many.take_chosen() if action.many else None
        if chosen:
            return chosen
        if action.many and self._count is not None and screen.pane == "list" and not screen.list.marked:
            return screen.list.following(self._count)
        if screen.pane in ("list", "report") and screen.list.targets:
            targets = screen.list.targets
        else:
            targets = (screen.talk.conversation,) if screen.talk.conversation is not None else ()
        if not targets:
            raise Refused(_("No conversation is chosen."), hint=_("{key} moves to one.").format(key="j"))
        return targets if action.many else targets[:1]

    def _message(self, action: Action) -> int | None:
        if not action.message:
            return None
        if action.id == "split" and self.screen.talk.thread is not None and self.screen.talk.thread.joined:
            return None
        fits = _FITS.get(action.id)
        if fits is not None and self.screen.pane == "report":
            if self.screen.report.n is None:
                raise Refused(_("No answer is chosen."), hint=_("{key} opens the outbox.").format(key="g o"))
            return self.screen.report.n
        if fits is not None:
            return self._meant(fits)
        return self.entry_n()

    def _meant(self, states: frozenset[str]) -> int:
        """The message under the cursor if it is in such a state, else the newest one that is: the key says which is meant.

        One of unknown fate may be with the customer already: for that the cursor must stand on it."""
        here = self.screen.thread.cursor
        if here is not None and here.state in states:
            return here.n
        fitting = [
            entry.n
            for entry in self.screen.thread.entries
            if entry.direction == "out" and entry.state in states - {"unknown"}
        ]
        return fitting[-1] if fitting else self.entry_n()

    def entry_n(self) -> int:
        entry = self.screen.thread.cursor
        if entry is None:
            raise Refused(_("Open the conversation first."), hint=_("{key} opens it.").format(key=_("Enter")))
        return entry.n

    # Writing

    def _write(self, mode: str, *, reply_all: bool = False) -> None:
        """Open what the hand is on and go on in the composer; keys typed meanwhile wait."""
        screen = self.screen
        targets = screen.list.targets[:1] if screen.pane == "list" else ()
        id = targets[0] if targets else screen.talk.conversation
        if id is None:
            raise Refused(_("No conversation is chosen."))
        screen.keyboard.hold()
        screen.talk.stop_following()

        async def begin() -> None:
            await screen.talk.open(id)
            await screen.pen.begin(mode, reply_all=reply_all)

        screen.work(begin(), "thread", after=screen.keyboard.release)

    def say(self, mode: str, args: Mapping[str, Any]) -> None:
        """`:reply words` says them at once, through the way and past nothing the open conversation does not show."""
        if not args.get("text"):
            self._write(mode)
            return
        action = BY_ID[mode]
        targets = self.targets(action)
        thread = self.screen.talk.thread
        full = dict(args)
        if mode == "reply" and thread is not None and thread.id in targets:
            full |= {"seen_n": thread.last_n, "seen_owner": thread.assignee}
        self.hands.macros.note(action, None, args)
        self.screen.work(self._perform(action, full, targets), "act", exclusive=False)

    def open_canned(self) -> None:
        self.screen.pen.aid.stored()

    def repeat(self, count: int | None = None) -> None:
        """The last action on what the hand is on now; with a count, on so many from here on."""
        if self._last is None:
            raise Refused(_("There is nothing to repeat yet."))
        action, args = self._last
        self._count = count
        self._desk_with(action, dict(args), self.targets(action), None)

    def peek(self) -> None:
        row = self.screen.list.cursor
        if row is None:
            raise Refused(_("No conversation is chosen."))
        self.screen.open(row.id, peek=True)

    def send_later(self, at: int | None) -> None:
        if at is not None:
            self.screen.pen.send(send_at=at)
        else:
            self.asking.when(_("Send when?"), lambda meant: self.screen.pen.send(send_at=meant))

    def next_needing_me(self) -> None:
        """The next below the cursor that is unread or waits, and is mine or nobody's."""
        screen = self.screen
        rows = list(screen.list.rows)
        here = (
            next((n for n, row in enumerate(rows) if row.id == screen.talk.conversation), -1)
            if screen.pane != "list"
            else -1
        )
        cursor = screen.list.cursor
        if screen.pane == "list" and cursor is not None:
            here = rows.index(cursor)
        order = rows[here + 1 :] + rows[: max(here, 0)]
        for row in order:
            if (
                (row.unread or row.waiting_since is not None)
                and row.assignee in (None, screen.workspace.me)
                and row.status == "open"
            ):
                screen.list.go_to(row.id)
                screen.open(row.id)
                return
        screen.news(_("Nothing more in this list waits for you."))

    def search(self) -> None:
        """In the list; in the thread of a customer's whole story, inside that."""
        screen = self.screen
        if screen.story.on and screen.pane == "thread":
            self.asking.line(_("Find in the story:"), screen.story.find, text=screen.story.search)
        else:
            screen.lists.open_search()

    def step_hit(self, by: int) -> None:
        if self.screen.story.search:
            self.screen.story.step(by)
        else:
            self.screen.talk.step_hit(by)

    def first_hit(self) -> bool:
        entry = self.screen.thread.cursor
        return entry is not None and bool(hits_in(entry.text, self.screen.lists.asked.search))


def _asks(action_id: str, name: str, then: Callable[[Commands, Any], None]) -> Handler:
    def handler(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
        def take(value: Any) -> None:
            commands.hands.macros.note(BY_ID[action_id], count, {name: value})
            then(commands, value)

        if name in args:
            take(args[name])
        else:
            commands.asking.own(action_id, take)

    return handler


def _simple(act: Callable[[Commands], None]) -> Handler:
    return lambda commands, count, args: act(commands)


def _go_to(commands: Commands, value: Any) -> None:
    number = str(value).lstrip("#")
    if not number:
        raise WrongUse(_("“{typed}” is no conversation's number.").format(typed=value), hint=_("Type it as in #10482."))
    if not number.isdigit() or len(number) > LONGEST_NUMBER:
        scan(commands, number)
        return
    commands.screen.open(int(number))


def _go(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    if count is not None:
        commands.screen.open(count)
    else:
        _asks("go", "conversation", _go_to)(commands, count, args)


def _forward(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    n = commands.entry_n()
    _asks("forward", "address", lambda c, to: c.asking.write(c.screen.pen.begin_forward(n, str(to))))(
        commands, count, args
    )


def _spam(commands: Commands, count: int | None, args: Mapping[str, Any]) -> None:
    commands._desk(BY_ID["spam"], dict(args))


def _views(names: Sequence[int]) -> dict[str, Handler]:
    def numbered(number: int) -> Handler:
        return lambda commands, count, args: commands.screen.lists.number_view(number)

    return {f"view-{number}": numbered(number) for number in names}


def _editor(commands: Commands) -> None:
    if commands.screen.pane == "compose":
        take_out.edit_outside(commands.screen)
    else:
        commands._write("reply")
        commands.screen.keyboard.after_hold(lambda: take_out.edit_outside(commands.screen))


_ASKING = frozenset({"filter", "go", "view", "mark-query", "forward", "attach", "canned"})
_HANDLERS: dict[str, Handler] = {
    **PEOPLE,
    **CHANNEL,
    "reply": lambda c, count, args: c.say("reply", args),
    "reply-all": _simple(lambda c: c._write("reply", reply_all=True)),
    "note": lambda c, count, args: c.say("note", args),
    "new": _simple(lambda c: c.asking.new()),
    "forward": _forward,
    "spam": _spam,
    **HAND_HANDLERS,
    **ORDERS,
    "repeat": lambda c, count, args: c.repeat(count),
    "next-needing-me": _simple(lambda c: c.next_needing_me()),
    "search": lambda c, count, args: c.screen.lists.search_for(str(args["query"])) if args.get("query") else c.search(),
    "filter": _asks("filter", "query", lambda c, text: c.screen.lists.narrow(str(text))),
    "hit-next": _simple(lambda c: c.step_hit(1)),
    "hit-previous": _simple(lambda c: c.step_hit(-1)),
    "go": _go,
    "view-next": lambda c, count, args: c.screen.lists.step_view(count or 1),
    "view-previous": lambda c, count, args: c.screen.lists.step_view(-(count or 1)),
    "view": _asks("view", "name", lambda c, key: c.hands.saved.command(str(key))),
    **_views(range(1, 10)),
    "mark-query": _asks("mark-query", "query", lambda c, text: c.hands.many.mark_query(str(text))),
    "history": _simple(lambda c: pages.history(c.screen)),
    "health": _simple(lambda c: pages.health(c.screen)),
    "outbox": _simple(lambda c: pages.outbox(c.screen)),
    "quarantine": _simple(lambda c: pages.quarantine(c.screen)),
    "copy": _simple(lambda c: take_out.copy_here(c.screen)),
    "copy-number": _simple(lambda c: take_out.copy_number(c.screen)),
    "copy-address": _simple(lambda c: take_out.copy_address(c.screen)),
    "copy-link": _simple(lambda c: take_out.copy_link(c.screen)),
    "open-link": _simple(lambda c: take_out.open_link(c.screen)),
    "save": lambda c, count, args: take_out.save_file(c.screen, args.get("path")),
    "open-file": _simple(lambda c: take_out.open_file(c.screen)),
    "send": _simple(lambda c: c.screen.pen.send()),
    "as-note": _simple(lambda c: c.screen.pen.toggle_note()),
    "way": _simple(lambda c: c.asking.way()),
    "envelope": _simple(lambda c: open_envelope(c.screen)),
    "attach": _asks("attach", "path", lambda c, path: c.screen.pen.attach(str(path))),
    "detach": _simple(lambda c: c.screen.pen.detach()),
    "editor": _simple(_editor),
    **AID_HANDLERS,
    "discard": _simple(lambda c: c.screen.pen.edit(lambda buffer: buffer.clear())),
    "command": _simple(lambda c: c.asking.command()),
    "palette": _simple(lambda c: c.asking.palette()),
    "help": _simple(lambda c: c.asking.help()),
    "suspend": _simple(lambda c: c.screen.suspend()),
    "quit": _simple(lambda c: c.screen.leave()),
    "interrupt": _simple(lambda c: c.screen.interrupt()),
}
