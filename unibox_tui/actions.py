"""The one table of everything an agent can do: keys, `:command`, CLI verb, help and palette are made from it.

Labels and help are message ids (English); `_()` them where they are shown. `call` names the desk action that does it;
an action without one moves or shows something and stays within the screen. This module imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from unibox_tui.locale import N_ as N

Context = Literal[
    "list", "thread", "panel", "compose", "report", "hits"
]  # hits: a search stands; asked before list and thread
ArgumentKind = Literal[
    "agent", "conversation", "inbox", "label", "message", "name", "path", "priority", "query", "text", "time", "url", "address"
]  # fmt: skip
READING: tuple[Context, ...] = ("list", "thread", "panel")
LOOKING: tuple[Context, ...] = (*READING, "report")
GROUPS = (N("Answer"), N("Sort"), N("Move"), N("Find"), N("Show"), N("Take out"), N("Write"), N("App"))


@dataclass(frozen=True, slots=True)
class Argument:
    """`name` is the argument of the desk call; `needed`: without it a sheet or the command line asks."""

    name: str
    kind: ArgumentKind
    needed: bool = True
    many: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    id: str
    group: str
    label: str
    help: str
    keys: tuple[str, ...] = ()  # chords: "g a" is two keys; "ctrl+r", "space", "enter", "1"
    contexts: tuple[Context, ...] = READING
    command: str = ""  # `:command`; empty: the id
    verb: str | None = None  # CLI verb
    call: str = ""  # desk action
    arguments: tuple[Argument, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)  # arguments that the action brings along
    reversible: bool = False
    many: bool = False  # works on all marked conversations
    message: bool = False  # works on the message under the thread's cursor
    counts: bool = False  # a number typed before it means something
    foot: int = 0  # place among the keys at the foot; 0: not there
    aliases: tuple[str, ...] = ()

    @property
    def typed(self) -> str:
        return self.command or self.id


_AGENT = Argument("agent", "agent")
_TEXT = Argument("text", "text")


def _action(group: str, id: str, keys: str, label: str, help: str, **more: Any) -> Action:
    return Action(id, group, label, help, tuple(keys.split("  ")) if keys else (), **more)


_ANSWER = [
    _action("Answer", "reply", "r", N("reply"), N("Answer the customer through the inbox shown above the text"), verb="reply", call="reply", arguments=(_TEXT,), foot=1),
    _action("Answer", "reply-all", "g r", N("reply to all"), N("Answer with everybody of a mail in copy"), call="reply", arguments=(_TEXT,), fixed={"reply_all": True}),
    _action("Answer", "note", "n", N("note"), N("Write something only colleagues see"), verb="note", call="note", arguments=(_TEXT,), foot=2),
    _action("Answer", "new", "c", N("new conversation"), N("Write first: a mail, or a chat where the channel allows it"), verb="new", call="new", arguments=(Argument("inbox", "inbox"), Argument("address", "address"), Argument("text", "text", needed=False))),
    _action("Answer", "forward", "f", N("forward"), N("Send the message and its files to any address"), verb="forward", call="forward", arguments=(Argument("address", "address"), Argument("text", "text", needed=False)), message=True),
    _action("Answer", "retry", "R", N("send again"), N("Send a failed answer, or one whose fate is unknown, once more"), verb="retry", call="retry", message=True),
    _action("Answer", "keep", "g k", N("keep as sent"), N("Take an answer of unknown fate as delivered"), verb="keep", call="keep", message=True),
    _action("Answer", "cancel", "X", N("take back"), N("Stop an answer that has not left yet; its text returns to the composer"), verb="cancel", call="cancel", message=True),
]  # fmt: skip

_SORT = [
    _action("Sort", "assign-me", "a", N("take"), N("Take the conversation; only one colleague can have it"), call="assign", fixed={"agent": "me"}, reversible=True, many=True, foot=3, command="take", aliases=("claim",)),
    _action("Sort", "assign", "A", N("assign"), N("Give the conversation to a colleague"), verb="assign", call="assign", arguments=(_AGENT,), reversible=True, many=True),
    _action("Sort", "unassign", "U", N("give back"), N("Leave the conversation to nobody"), call="assign", fixed={"agent": None}, reversible=True, many=True),
    _action("Sort", "label", "l", N("label"), N("Put labels on"), verb="label", call="label", arguments=(Argument("labels", "label", many=True),), reversible=True, many=True, foot=4, contexts=("list", "thread", "panel")),
    _action("Sort", "unlabel", "L", N("take labels off"), N("Take labels off"), verb="unlabel", call="unlabel", arguments=(Argument("labels", "label", many=True),), reversible=True, many=True),
    _action("Sort", "resolve", "e", N("resolve"), N("The request is done"), verb="resolve", call="resolve", reversible=True, many=True, foot=5),
    _action("Sort", "reopen", "E", N("reopen"), N("The request is not done after all"), verb="reopen", call="reopen", reversible=True, many=True),
    _action("Sort", "pending", "p", N("pending"), N("Wait for the customer"), verb="pending", call="pending", reversible=True, many=True),
    _action("Sort", "snooze", "z", N("snooze"), N("Put away until a time or the next answer"), verb="snooze", call="snooze", arguments=(Argument("until", "time"),), reversible=True, many=True, foot=6),
    _action("Sort", "unread", "N", N("mark unread"), N("Mark unread for everybody"), verb="unread", call="unread", reversible=True, many=True),
    _action("Sort", "priority", "P", N("priority"), N("Set how urgent it is"), verb="priority", call="priority", arguments=(Argument("priority", "priority"),), reversible=True, many=True),
    _action("Sort", "spam", "S", N("spam"), N("Spam, or not spam after all"), verb="spam", call="spam", reversible=True, many=True),
    _action("Sort", "join", "g j", N("join"), N("Make this and another conversation one"), verb="join", call="join", arguments=(Argument("into", "conversation"),), reversible=True, many=True),
    _action("Sort", "split", "g s", N("split off"), N("Make a conversation of its own from this message on, or take a join back"), verb="split", call="split", reversible=True, message=True),
    _action("Sort", "keep-apart", "g J", N("keep apart"), N("Do not offer to join these two again"), call="keep_apart", reversible=True, command="apart"),
    _action("Sort", "undo", "u", N("undo"), N("Take back the last thing you did"), verb="undo", call="undo"),
    _action("Sort", "redo", "ctrl+r", N("redo"), N("Do again what undo took back"), verb="redo", call="redo"),
    _action("Sort", "repeat", ".", N("repeat"), N("Do the last action once more, here")),
]  # fmt: skip

_MOVE = [
    _action("Move", "down", "j  down", N("down"), N("One down"), counts=True, contexts=LOOKING),
    _action("Move", "up", "k  up", N("up"), N("One up"), counts=True, contexts=LOOKING),
    _action("Move", "top", "g g  home", N("first"), N("To the first; new arrivals come in"), contexts=LOOKING),
    _action("Move", "bottom", "G  end", N("last"), N("To the last"), contexts=LOOKING),
    _action("Move", "half-down", "ctrl+d", N("half a page down"), N("Half a page down"), counts=True, contexts=LOOKING),
    _action("Move", "half-up", "ctrl+u", N("half a page up"), N("Half a page up"), counts=True, contexts=LOOKING),
    _action("Move", "page-down", "pagedown  ctrl+f", N("page down"), N("A page down"), counts=True, contexts=LOOKING),
    _action("Move", "page-up", "pageup  ctrl+b", N("page up"), N("A page up"), counts=True, contexts=LOOKING),
    _action("Move", "open", "enter  o", N("open"), N("Open the conversation"), contexts=("list", "panel", "report"), counts=False),
    _action("Move", "back", "escape  h  left  q", N("back"), N("Back to where you came from"), contexts=("thread", "panel", "report")),
    _action("Move", "stop", "escape", N("clear"), N("Clear marks, search and messages"), contexts=("list",)),
    _action("Move", "right", "right", N("into"), N("One pane deeper"), contexts=("list", "thread")),
    _action("Move", "next", "J", N("next conversation"), N("Open the next conversation"), counts=True, contexts=("thread", "panel")),
    _action("Move", "previous", "K", N("previous conversation"), N("Open the previous conversation"), counts=True, contexts=("thread", "panel")),
    _action("Move", "next-needing-me", "space  g n", N("next for me"), N("Open the next conversation that waits for you")),
    _action("Move", "newest", "g e", N("newest"), N("To the newest message"), contexts=("thread",)),
    _action("Move", "mark", "v", N("mark"), N("Mark this conversation and go on"), contexts=("list",), counts=True),
    _action("Move", "mark-to-here", "V", N("mark a stretch"), N("Start marking; moving marks on; again to stop"), contexts=("list",)),
    _action("Move", "mark-query", "T", N("mark by query"), N("Mark all in sight that a query finds"), contexts=("list",), arguments=(Argument("query", "query"),)),
]  # fmt: skip

_FIND = [
    _action("Find", "search", "/", N("search"), N("Search as you type; n and N step through the hits"), verb="search", foot=7),
    _action("Find", "filter", "\\", N("narrow"), N("Narrow the list with a query"), arguments=(Argument("query", "query"),)),
    _action("Find", "hit-next", "n", N("next hit"), N("The next hit of the search"), contexts=("hits",)),
    _action("Find", "hit-previous", "N", N("previous hit"), N("The hit before"), contexts=("hits",)),
    _action("Find", "go", "#", N("go to number"), N("Open a conversation by its number"), arguments=(Argument("conversation", "conversation"),)),
    _action("Find", "view-next", "tab  ]", N("next view"), N("The view to the right"), contexts=("list",), counts=True),
    _action("Find", "view-previous", "shift+tab  [", N("previous view"), N("The view to the left"), contexts=("list",), counts=True),
    _action("Find", "view", "g v", N("view"), N("Choose a view"), arguments=(Argument("name", "name"),)),
    *(_action("Find", f"view-{n}", str(n), N("view by number"), N("The view with that number"), contexts=("list",)) for n in range(1, 10)),
]  # fmt: skip

_SHOW = [
    _action("Show", "panel", "i", N("customer"), N("Show or hide the customer"), contexts=("list", "thread", "panel")),
    _action("Show", "quotes", "x", N("quoted lines"), N("Show or hide quoted text and signatures of this message"), contexts=("thread",), message=True),
    _action("Show", "quotes-all", "g x", N("all quoted lines"), N("Show or hide quoted text of all messages"), contexts=("thread",)),
    _action("Show", "history", "H", N("history"), N("Everything that was done here, by whom and why"), verb="history"),
    _action("Show", "health", "g h", N("health"), N("How each inbox is doing and what mends it"), verb="health", contexts=LOOKING),
    _action("Show", "outbox", "g o", N("outbox"), N("Answers that wait, failed, or whose fate is unknown"), verb="outbox", contexts=LOOKING),
    _action("Show", "quarantine", "g u", N("quarantine"), N("Messages that could not be read"), verb="quarantine", contexts=LOOKING),
    _action("Show", "dense", "g d", N("row height"), N("Three, two or one line a conversation"), contexts=("list",)),
    _action("Show", "redraw", "ctrl+l", N("draw anew"), N("Paint the whole screen again"), contexts=("list", "thread", "panel", "compose", "report")),
]  # fmt: skip

_TAKE_OUT = [
    _action("Take out", "copy", "y y", N("copy message"), N("Copy the message to the clipboard of your terminal"), message=True),
    _action("Take out", "copy-number", "y n", N("copy number"), N("Copy the conversation's number")),
    _action("Take out", "copy-address", "y a", N("copy address"), N("Copy the customer's address")),
    _action("Take out", "copy-link", "y l", N("copy link"), N("Copy the first link of the message"), message=True),
    _action("Take out", "open-link", "g l", N("open link"), N("Open a link of the message"), message=True, arguments=(Argument("url", "url"),)),
    _action("Take out", "save", "w", N("save file"), N("Save an attachment"), message=True, arguments=(Argument("path", "path"),)),
    _action("Take out", "open-file", "enter  o", N("open file"), N("Open an attachment"), message=True, contexts=("thread",)),
]  # fmt: skip

_WRITE = [
    _action("Write", "send", "ctrl+s", N("send"), N("Send what is written"), contexts=("compose",)),
    _action("Write", "leave", "escape", N("leave the text"), N("Back to reading; the draft is kept"), contexts=("compose",)),
    _action("Write", "as-note", "ctrl+o", N("reply or note"), N("Change between an answer and a note"), contexts=("compose",), command="as-note"),
    _action("Write", "way", "ctrl+x", N("through which inbox"), N("Choose the inbox to answer through"), contexts=("compose", *READING), arguments=(Argument("inbox", "inbox"),)),
    _action("Write", "envelope", "ctrl+n", N("envelope"), N("To, copies, subject and the original below, of this answer by mail"), contexts=("compose",)),
    _action("Write", "attach", "ctrl+t", N("attach"), N("Attach a file"), contexts=("compose",), arguments=(Argument("path", "path"),)),
    _action("Write", "detach", "", N("drop files"), N("Take the attached files off again"), contexts=("compose",)),
    _action("Write", "editor", "ctrl+e", N("editor"), N("Write in your own editor ($VISUAL, $EDITOR)"), contexts=("compose", "list", "thread")),
    _action("Write", "canned", "", N("stored answers"), N("Put a stored answer in; a shortcut after a slash does it too"), contexts=("compose",), arguments=(Argument("name", "name"),)),
    _action("Write", "discard", "", N("throw the draft away"), N("Empty the composer; undo in the composer brings it back"), contexts=("compose",)),
]  # fmt: skip

_APP = [
    _action("App", "command", ":", N("command"), N("Type a command"), foot=8),
    _action("App", "palette", "ctrl+p", N("palette"), N("Find any action by its words"), contexts=(*READING, "compose")),
    _action("App", "help", "?", N("help"), N("All keys, searchable"), contexts=(*READING, "report"), foot=9),
    _action("App", "suspend", "ctrl+z", N("suspend"), N("Back to the shell; `fg` returns"), contexts=(*READING, "compose", "report")),
    _action("App", "interrupt", "ctrl+c", N("stop"), N("Out of whatever is open; text stays as a draft"), contexts=(*READING, "compose", "report")),
    _action("App", "quit", "Q", N("quit"), N("Leave; drafts are kept"), contexts=(*READING, "report")),
]  # fmt: skip

ACTIONS: tuple[Action, ...] = (*_ANSWER, *_SORT, *_MOVE, *_FIND, *_SHOW, *_TAKE_OUT, *_WRITE, *_APP)
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
BY_COMMAND: dict[str, Action] = {name: action for action in ACTIONS for name in (action.typed, *action.aliases)}
