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
    "list", "thread", "panel", "compose", "report", "contacts", "hits"
]  # contacts: the page of contacts, asked before report; hits: a search stands; asked before list and thread
ArgumentKind = Literal[
    "agent", "contact", "conversation", "inbox", "label", "message", "name", "path", "priority", "query", "text", "time", "url", "address"
]  # fmt: skip
READING: tuple[Context, ...] = ("list", "thread", "panel")
LOOKING: tuple[Context, ...] = (*READING, "report")
PEOPLE: tuple[Context, ...] = (*READING, "contacts")
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
    _action("Answer", "reply-all", "g r", N("reply to all"), N("Answer with everybody of a mail in copy"), verb="reply", call="reply", arguments=(_TEXT,), fixed={"reply_all": True}),
    _action("Answer", "quote", '"', N("answer this"), N("Answer the message under the cursor, quoting it: by the channel's own means, or with its words as a line"), verb="reply", contexts=("thread",)),
    _action("Answer", "note", "n", N("note"), N("Write something only colleagues see"), verb="note", call="note", arguments=(_TEXT,), foot=2),
    _action("Answer", "new", "c", N("new conversation"), N("Write first: a mail, or a chat where the channel allows it"), verb="new", call="new", arguments=(Argument("inbox", "inbox"), Argument("address", "address"), Argument("text", "text", needed=False))),
    _action("Answer", "forward", "f", N("forward"), N("Send the message and its files to any address"), verb="forward", call="forward", arguments=(Argument("address", "address"), Argument("text", "text", needed=False)), message=True),
    _action("Answer", "template", "t", N("template"), N("Send a text the provider has approved, also when the window is closed"), verb="template", call="template"),
    _action("Answer", "request-info", "", N("ask for details"), N("Ask for name, number and address by the channel's own form, unless they are known"), verb="request-info", call="request_info", command="request-info"),
    _action("Answer", "broadcast", "", N("send to everybody"), N("Send an article to all who follow the account, or to a part: a1 ages=2,3 gender=1 inbox=NAME; shown and asked first"), verb="broadcast", call="broadcast", arguments=(Argument("words", "text", needed=False),), contexts=LOOKING),
    _action("Answer", "sticker", "", N("sticker"), N("Answer with a sticker: one of those of this conversation, or by its id"), verb="reply", call="sticker", arguments=(Argument("sticker", "text"),)),
    _action("Answer", "react", "g +", N("react"), N("React to the customer's message with an emoji, or take it back"), verb="react", call="react", arguments=(Argument("emoji", "text"),), message=True, contexts=("thread",)),
    _action("Answer", "ring", "g m", N("call the customer"), N("Ring your own phone, then the customer's; or choose: a line, a link of the network's app, asking for consent; or :call NUMBER"), verb="call", call="call", arguments=(Argument("number", "text", needed=False),), command="call"),
    _action("Answer", "call-reason", "g q", N("reason of the call"), N("Say what the last call was about; reason: in a query finds it"), verb="call-reason", call="call_reason", arguments=(Argument("reason", "text"),), command="reason", reversible=True),
    _action("Answer", "log", "g L", N("write down a visit"), N("Write down a visit or a call on a private phone: [visit|phone] [in|out] [when=yesterday] [who=…] what was said"), verb="log", call="log", arguments=(Argument("words", "text"),), reversible=True),
    _action("Answer", "retry", "R", N("send again"), N("Send a failed answer, or one whose fate is unknown, once more"), verb="retry", call="retry", message=True, contexts=LOOKING),
    _action("Answer", "keep", "g k", N("keep as sent"), N("Take an answer of unknown fate as delivered"), verb="keep", call="keep", message=True, contexts=LOOKING),
    _action("Answer", "cancel", "X", N("take back"), N("Stop an answer that has not left yet; its text returns to the composer"), verb="cancel", call="cancel", message=True, contexts=LOOKING),
]  # fmt: skip

_SORT = [
    _action("Sort", "assign-me", "a", N("take"), N("Take the conversation; only one colleague can have it"), verb="assign", call="assign", fixed={"agent": "me"}, reversible=True, many=True, foot=3, command="take", aliases=("claim",)),
    _action("Sort", "assign", "A", N("assign"), N("Give the conversation to a colleague"), verb="assign", call="assign", arguments=(_AGENT,), reversible=True, many=True),
    _action("Sort", "unassign", "U", N("give back"), N("Leave the conversation to nobody"), verb="assign", call="assign", fixed={"agent": None}, reversible=True, many=True),
    _action("Sort", "label", "l", N("label"), N("Put labels on"), verb="label", call="label", arguments=(Argument("labels", "label", many=True),), reversible=True, many=True, foot=4, contexts=("list", "thread", "panel")),
    _action("Sort", "unlabel", "L", N("take labels off"), N("Take labels off"), verb="unlabel", call="unlabel", arguments=(Argument("labels", "label", many=True),), reversible=True, many=True),
    _action("Sort", "resolve", "e", N("resolve"), N("The request is done"), verb="resolve", call="resolve", reversible=True, many=True, foot=5),
    _action("Sort", "reopen", "E", N("reopen"), N("The request is not done after all"), verb="reopen", call="reopen", reversible=True, many=True),
    _action("Sort", "pending", "W", N("pending"), N("Wait for the customer"), verb="pending", call="pending", reversible=True, many=True),
    _action("Sort", "snooze", "z", N("snooze"), N("Put away until a time or the next answer"), verb="snooze", call="snooze", arguments=(Argument("until", "time"),), reversible=True, many=True, foot=6),
    _action("Sort", "unread", "N", N("mark unread"), N("Mark unread for everybody"), verb="unread", call="unread", reversible=True, many=True),
    _action("Sort", "priority", "P", N("priority"), N("Set how urgent it is"), verb="priority", call="priority", arguments=(Argument("priority", "priority"),), reversible=True, many=True),
    _action("Sort", "spam", "S", N("spam"), N("Spam, or not spam after all"), verb="spam", call="spam", reversible=True, many=True),
    _action("Sort", "join", "g j", N("join"), N("Make this and another conversation one"), verb="join", call="join", arguments=(Argument("into", "conversation"),), reversible=True, many=True),
    _action("Sort", "split", "g s", N("split off"), N("Make a conversation of its own from this message on, or take a join back"), verb="split", call="split", reversible=True, message=True),
    _action("Sort", "keep-apart", "g J", N("keep apart"), N("Do not offer to join these two again"), verb="apart", call="keep_apart", reversible=True, command="apart"),
    _action("Sort", "merge", "M", N("make one with"), N("Make this customer and another one one, after showing both side by side"), verb="contact merge", arguments=(Argument("contact", "contact"),), contexts=PEOPLE),
    _action("Sort", "split-contact", "g M", N("take customers apart"), N("Take a merge back, or give an identity a customer of its own"), verb="contact split", contexts=PEOPLE),
    _action("Sort", "same", "=", N("they are one"), N("This customer and the suggested one are one"), verb="contact accept", contexts=PEOPLE),
    _action("Sort", "not-same", "-", N("they are two"), N("This customer and the suggested one are two; only something new brings it up again"), verb="contact dismiss", contexts=PEOPLE),
    _action("Sort", "side-by-side", "&", N("side by side"), N("Both messages that speak for two customers being one"), verb="contact suggestions", contexts=PEOPLE),
    _action("Sort", "title", "g y", N("address as"), N("How to address this customer: anh, chị, em, คุณ …"), verb="contact set", arguments=(Argument("title", "text"),), contexts=PEOPLE),
    _action("Sort", "set", "g i", N("change customer"), N("Change a customer's name, language, note or field; as in :set note=…"), verb="contact set", arguments=(Argument("text", "text"),), contexts=PEOPLE),
    _action("Sort", "contact-label", "$ l", N("label the customer"), N("Put labels on the customer; one that they have comes off"), verb="contact label", arguments=(Argument("labels", "label", needed=False, many=True),), contexts=PEOPLE),
    _action("Sort", "keep-found", "+", N("keep what was found"), N("Keep the phone or e-mail that was found in a message as one the customer stated"), verb="contact keep", contexts=("panel",)),
    _action("Sort", "undo", "u", N("undo"), N("Take back the last thing you did"), verb="undo", call="undo", contexts=PEOPLE),
    _action("Sort", "order", "$ n", N("new order"), N("Make an order, filled with what the conversation says"), verb="order new", call="order_new", arguments=(Argument("fields", "text", needed=False),), reversible=True),
    _action("Sort", "order-set", "$ e", N("change order"), N("Change an order's items, money, phone, address, tracking; as in :order-set amount=590k"), verb="order set", call="order_set", arguments=(Argument("fields", "text", needed=False),), reversible=True),
    _action("Sort", "order-state", "$ s", N("state of the order"), N("Move an order on: confirmed, packed, shipped, delivered, returned, cancelled"), verb="order state", call="order_state", arguments=(Argument("state", "name", needed=False),), reversible=True),
    _action("Sort", "deal", "$ d", N("deal"), N("The state of a deal that no order was made of"), verb="order deal", call="deal", arguments=(Argument("state", "name", needed=False),), reversible=True),
    _action("Sort", "block", "$ b", N("block"), N("Keep what this customer writes, and let it be silent"), verb="contact block", call="block", reversible=True),
    _action("Sort", "unblock", "$ B", N("unblock"), N("What this customer writes counts again"), verb="contact unblock", call="unblock", reversible=True),
    _action("Sort", "risk", "$ r", N("mark a risk"), N("Mark this customer and their phones with a reason, as bom hàng; it is shown and never acts"), verb="contact risk", call="risk", arguments=(Argument("reason", "text"),), reversible=True),
    _action("Sort", "unrisk", "$ R", N("take the mark off"), N("Take the marks of risk of this customer away"), verb="contact risk", call="unrisk", reversible=True),
    _action("Sort", "redo", "ctrl+r", N("redo"), N("Do again what undo took back"), verb="redo", call="redo"),
    _action("Sort", "repeat", ".", N("repeat"), N("Do the last action once more, here; with a number, so many times"), counts=True),
    _action("Sort", "labels", "", N("labels"), N("All labels; Enter shows what has one"), verb="labels", contexts=LOOKING),
    _action("Sort", "label-edit", "", N("edit a label"), N("Name it anew (old = new), merge two (old > other), or remove it (old -), everywhere at once"), verb="label-edit", arguments=(Argument("words", "text"),)),
    _action("Sort", "everything", ";", N("all of them"), N("What is done next is for all marked ones; when none is, for the whole view"), contexts=("list",)),
    _action("Sort", "undo-list", "g U", N("what you did"), N("What you did, newest first; Enter takes one back or does it again"), verb="undo-list", contexts=LOOKING),
    _action("Sort", "returns", "g z", N("what returns"), N("What was put away, and when it returns"), verb="snoozed", command="snoozed", contexts=LOOKING),
    _action("Sort", "record", "q", N("record"), N("Record a macro under a letter; again ends it")),
    _action("Sort", "play-macro", "@", N("play a macro"), N("Do the steps of a macro again; with a number, so many times"), counts=True, command="macro-play", verb="macro", arguments=(Argument("name", "text"),)),
    _action("Sort", "macro", "", N("macros"), N("Your macros, step by step; Enter plays one"), verb="macro", contexts=LOOKING),
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
    _action("Move", "back", "escape  h  left", N("back"), N("Back to where you came from"), contexts=("thread", "panel", "report")),
    _action("Move", "close", "q", N("close"), N("Close the page"), contexts=("report",)),
    _action("Move", "stop", "escape", N("clear"), N("Clear marks, search and messages"), contexts=("list",)),
    _action("Move", "right", "right", N("into"), N("One pane deeper"), contexts=("list", "thread")),
    _action("Move", "next", "J", N("next conversation"), N("Open the next conversation"), counts=True, contexts=("thread", "panel")),
    _action("Move", "previous", "K", N("previous conversation"), N("Open the previous conversation"), counts=True, contexts=("thread", "panel")),
    _action("Move", "next-needing-me", "space  g n", N("next for me"), N("Open the next conversation that waits for you"), verb="ls"),
    _action("Move", "play", "g p", N("play"), N("Open the next of this view that nobody looks at; again: go on"), verb="play"),
    _action("Move", "skip", "g P", N("skip"), N("In play mode: pass over this one, and say why"), verb="skip", arguments=(Argument("why", "text"),)),
    _action("Move", "peek", "p", N("peek"), N("Open without marking read"), contexts=("list",)),
    _action("Move", "newest", "g e", N("newest"), N("To the newest message"), contexts=("thread",)),
    _action("Move", "mark", "v  x", N("mark"), N("Mark this conversation and go on"), contexts=("list",), counts=True),
    _action("Move", "mark-to-here", "V", N("mark a stretch"), N("Start marking; moving marks on; again to stop"), contexts=("list",)),
    _action("Move", "mark-query", "T", N("mark by query"), N("Mark all of the view that a query finds, read yet or not"), verb="ls", contexts=("list",), arguments=(Argument("query", "query"),)),
]  # fmt: skip

_FIND = [
    _action("Find", "search", "/", N("search"), N("Search as you type; n and N step through the hits"), verb="search", foot=7),
    _action("Find", "filter", "\\", N("narrow"), N("Narrow the list with a query"), verb="ls", arguments=(Argument("query", "query"),)),
    _action("Find", "hit-next", "n", N("next hit"), N("The next hit of the search"), contexts=("hits",)),
    _action("Find", "hit-previous", "N", N("previous hit"), N("The hit before"), contexts=("hits",)),
    _action("Find", "go", "#", N("go to number"), N("Open a conversation by its number"), verb="show", arguments=(Argument("conversation", "conversation"),)),
    _action("Find", "date", "g t", N("go to date"), N("Jump to a day: 12/10, mon, yesterday, 3d"), verb="story", arguments=(Argument("day", "text"),)),
    _action("Find", "contacts", "g c", N("contacts"), N("All customers: search, change, make one"), verb="contact list", arguments=(Argument("text", "text", needed=False),), contexts=LOOKING),
    _action("Find", "contacts-search", "/", N("search contacts"), N("Find customers by name, address, phone, order code or number"), verb="contact list", contexts=("contacts",), command="find-contact"),
    _action("Find", "contacts-other", "tab", N("pairs"), N("From all contacts to the pairs that may be one, and back"), verb="contact suggestions", contexts=("contacts",), command="pairs"),
    _action("Find", "arrived", "b", N("what arrived"), N("Open the conversation the line at the foot just spoke of"), verb="ls", contexts=LOOKING),
    _action("Find", "scan", "$ $", N("find a code"), N("Open what a code belongs to: an order, a parcel, an item, a customer; a scanner may type it"), verb="order find", arguments=(Argument("code", "text"),)),
    _action("Find", "view-next", "tab  ]", N("next view"), N("The view to the right"), contexts=("list",), counts=True),
    _action("Find", "view-previous", "shift+tab  [", N("previous view"), N("The view to the left"), contexts=("list",), counts=True),
    _action("Find", "filter-read", "d", N("unread, read"), N("Only unread, only read, all"), verb="ls", contexts=("list",)),
    _action("Find", "filter-phone", "m", N("phone"), N("Only with a phone number, only without, all"), verb="ls", contexts=("list",)),
    _action("Find", "filter-owner", "O", N("by owner"), N("Only of one colleague, or of nobody; again for all"), verb="ls", contexts=("list",)),
    _action("Find", "filter-inbox", "B", N("by inbox"), N("Only of one inbox or Page; again for all"), verb="ls", contexts=("list",)),
    _action("Find", "filter-deal", "D", N("by deal"), N("Only orders in one state; again for all"), verb="ls", contexts=("list",)),
    _action("Find", "view", "g v", N("view"), N("Choose a view; save NAME, share NAME, rename NEW, remove, move PLACE change them"), verb="view", arguments=(Argument("name", "name"),)),
    *(_action("Find", f"view-{n}", str(n), N("view by number"), N("The view with that number"), contexts=("list",)) for n in range(1, 10)),
]  # fmt: skip

_SHOW = [
    _action("Show", "panel", "i", N("customer"), N("Show or hide the customer"), contexts=("list", "thread", "panel")),
    _action("Show", "story", "s", N("whole story"), N("All the customer ever wrote, over all channels, or this conversation alone"), verb="story"),
    _action("Show", "channel", "g f", N("one channel"), N("Only one channel of the customer's story"), verb="story", arguments=(Argument("channel", "text"),)),
    _action("Show", "quotes", "x", N("quoted lines"), N("Show or hide quoted text and signatures of this message"), contexts=("thread",), message=True),
    _action("Show", "quotes-all", "g x", N("all quoted lines"), N("Show or hide quoted text of all messages"), contexts=("thread",)),
    _action("Show", "history", "H", N("history"), N("Everything that was done here, by whom and why"), verb="history"),
    _action("Show", "health", "g h", N("health"), N("How each inbox is doing and what mends it"), verb="health", contexts=LOOKING),
    _action("Show", "outbox", "g o", N("outbox"), N("Answers that wait, failed, or whose fate is unknown"), verb="outbox", contexts=LOOKING),
    _action("Show", "quarantine", "g u", N("quarantine"), N("Messages that could not be read"), verb="quarantine", contexts=LOOKING),
    _action("Show", "dense", "g d", N("row height"), N("Three, two or one line a conversation"), contexts=("list",)),
    _action("Show", "orders", "$ o", N("orders"), N("All orders of this customer"), verb="order list"),
    _action("Show", "redraw", "ctrl+l", N("draw anew"), N("Paint the whole screen again"), contexts=("list", "thread", "panel", "compose", "report")),
]  # fmt: skip

_TAKE_OUT = [
    _action("Take out", "copy", "y y", N("copy message"), N("Copy the message to the clipboard of your terminal"), verb="show", message=True),
    _action("Take out", "call", "C", N("dial here"), N("Call the phone number under the panel's cursor with the machine's own telephone program"), contexts=("panel",), command="dial"),
    _action("Take out", "copy-number", "y n", N("copy number"), N("Copy the conversation's number"), verb="show"),
    _action("Take out", "copy-address", "y a", N("copy address"), N("Copy the customer's address"), verb="contact show"),
    _action("Take out", "copy-link", "y l", N("copy link"), N("Copy the first link of the message"), verb="show", message=True),
    _action("Take out", "open-link", "g l", N("open link"), N("Open a link of the message"), message=True, arguments=(Argument("url", "url"),)),
    _action("Take out", "pipe", "|", N("pipe"), N("Give the conversation as text to a program's input"), verb="pipe", arguments=(_TEXT,)),
    _action("Take out", "pipe-json", "g |", N("pipe as JSON"), N("Give the conversation as JSON to a program's input"), verb="pipe", arguments=(_TEXT,)),
    _action("Take out", "run", "!", N("run"), N("Run a program and show what it prints"), arguments=(_TEXT,)),
    _action("Take out", "save", "w", N("save file"), N("Save an attachment"), verb="save", message=True, arguments=(Argument("path", "path"),)),
    _action("Take out", "fetch", "g W", N("fetch again"), N("Ask the provider once more for a file that could not be fetched"), verb="fetch", call="fetch_again", message=True, contexts=("thread",)),
    _action("Take out", "open-file", "enter  o", N("open file"), N("Open an attachment"), message=True, contexts=("thread",)),
]  # fmt: skip

_WRITE = [
    _action("Write", "send", "ctrl+s", N("send"), N("Send what is written"), verb="reply", contexts=("compose",)),
    _action("Write", "send-resolve", "ctrl+r", N("send, resolve"), N("Send the answer and resolve the conversation"), verb="reply", contexts=("compose",)),
    _action("Write", "send-next", "ctrl+g", N("send, next"), N("Send and go on to the next conversation"), verb="reply", contexts=("compose",)),
    _action("Write", "send-later", "ctrl+y", N("send later"), N("Send at a time to come; undo takes it back until then"), verb="reply", contexts=("compose",), arguments=(Argument("until", "time"),)),
    _action("Write", "leave", "escape", N("leave the text"), N("Back to reading; the draft is kept"), contexts=("compose",)),
    _action("Write", "as-note", "ctrl+o", N("reply or note"), N("Change between an answer and a note"), verb="draft turn", contexts=("compose",), command="as-note"),
    _action("Write", "way", "ctrl+x", N("through which inbox"), N("Choose the inbox to answer through"), verb="draft set", contexts=("compose", *READING), arguments=(Argument("inbox", "inbox"),)),
    _action("Write", "envelope", "ctrl+n", N("envelope"), N("To, copies, subject and the original below, of this answer by mail"), verb="draft set", contexts=("compose",)),
    _action("Write", "attach", "ctrl+t", N("attach"), N("Attach a file"), verb="draft attach", contexts=("compose",), arguments=(Argument("path", "path"),)),
    _action("Write", "detach", "", N("drop files"), N("Take the attached files off again"), verb="draft detach", contexts=("compose",)),
    _action("Write", "unquote", "alt+q", N("drop the quote"), N("Answer without quoting a message"), verb="draft set", contexts=("compose",)),
    _action("Write", "strip-marks", "alt+m", N("without marks"), N("Write the text without marks: a text message then holds twice as much"), verb="draft set", contexts=("compose",)),
    _action("Write", "parts", "", N("parts"), N("The messages in which a long answer would leave, numbered"), verb="draft show", contexts=("compose",)),
    _action("Write", "editor", "ctrl+e", N("editor"), N("Write in your own editor ($VISUAL, $EDITOR)"), verb="draft set", contexts=("compose", "list", "thread")),
    _action("Write", "canned", "", N("stored answers"), N("In the text: put one in, as a slash does; elsewhere: change or write one"), verb="canned", contexts=("compose", *READING), arguments=(Argument("name", "name", needed=False),)),
    _action("Write", "suggest", "g a  alt+a", N("suggestions"), N("Stored answers that fit, and how similar questions were answered"), verb="suggest", contexts=("thread", "panel", "compose")),
    *(_action("Write", f"offer-{n}", f"alt+{n}", N("suggestion"), N("Put in the suggestion with that number"), contexts=("compose",)) for n in range(1, 7)),
    _action("Write", "next-hole", "tab", N("next hole"), N("To the next place of a stored answer that wants words"), contexts=("compose",), command="hole"),
    _action("Write", "draft", "g w  alt+w", N("let it draft"), N("Let the assistant draft an answer; it is never sent by itself"), verb="assistant draft", contexts=("thread", "panel", "compose")),
    _action("Write", "shorten", "alt+h", N("shorten"), N("Let the assistant shorten the text"), verb="assistant shorten", contexts=("compose",)),
    _action("Write", "translate", "g T  alt+t", N("translate"), N("Let the assistant translate the text, or the message, into vi, th or en"), verb="assistant translate", contexts=("thread", "panel", "compose"), arguments=(Argument("language", "name", needed=False),)),
    _action("Write", "summary", "g S  alt+y", N("summary"), N("Let the assistant sum up the conversation"), verb="assistant summary", contexts=("thread", "panel", "compose")),
    _action("Write", "discard", "", N("throw the draft away"), N("Empty the composer; undo in the composer brings it back"), verb="draft discard", contexts=("compose",)),
]  # fmt: skip

_APP = [
    _action("App", "command", ":", N("command"), N("Type a command"), foot=8, contexts=PEOPLE),
    _action("App", "palette", "ctrl+p", N("palette"), N("Find any action by its words"), contexts=(*READING, "compose")),
    _action("App", "help", "?", N("help"), N("All keys, searchable"), contexts=(*READING, "report"), foot=9),
    _action("App", "map", "", N("keys by place"), N("Which key does what, place by place, your own among them"), verb="keys", contexts=LOOKING),
    _action("App", "suspend", "ctrl+z", N("suspend"), N("Back to the shell; `fg` returns"), contexts=(*READING, "compose", "report")),
    _action("App", "interrupt", "ctrl+c", N("stop"), N("Out of whatever is open; text stays as a draft"), contexts=(*READING, "compose", "report")),
    _action("App", "quit", "Q", N("quit"), N("Leave; drafts are kept"), contexts=(*READING, "report")),
]  # fmt: skip

ACTIONS: tuple[Action, ...] = (*_ANSWER, *_SORT, *_MOVE, *_FIND, *_SHOW, *_TAKE_OUT, *_WRITE, *_APP)
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}
BY_COMMAND: dict[str, Action] = {name: action for action in ACTIONS for name in (action.typed, *action.aliases)}
