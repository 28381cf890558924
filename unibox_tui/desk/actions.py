"""An action is a value: a name and its arguments. One `perform` serves the key, the `:command`, the CLI verb, bulk and macros."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from unibox_tui.desk import label_editing, triage
from unibox_tui.desk.done import Done
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.later import Later
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Author, Priority, Status
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.messages import StoredFile

if TYPE_CHECKING:
    from unibox_tui.desk import answer, bubbles, canned_verbs, channel_verbs, people, requests, sending, threads, undo
else:  # a verb of the command line loads what it needs
    answer, bubbles, canned_verbs = (Later(f"unibox_tui.desk.{name}") for name in ("answer", "bubbles", "canned_verbs"))
    channel_verbs = Later("unibox_tui.desk.channel_verbs")
    people, sending = Later("unibox_tui.desk.people"), Later("unibox_tui.desk.sending")
    requests = Later("unibox_tui.desk.requests")
    threads, undo = Later("unibox_tui.desk.threads"), Later("unibox_tui.desk.undo")


@dataclass(frozen=True, slots=True)
class Call:
    """What to do and with what. Arguments by name:

    reply    text, inbox, address or identity, reply_all, to, cc, bcc, subject, quote, answers (n), files, seen_n, seen_owner, force,
             hold_ms, send_at, then (resolve, pending), apart (lines of --- part messages), buttons
    note     text, files
    new      inbox, address, name, and as reply
    forward  message (n), to (addresses), inbox, text
    template template (id or name), values (field -> text), inbox, identity, address (to begin a conversation), and as reply
    request_info  title, text, force, inbox, identity, seen_n, hold_ms, send_at
    broadcast  content (an id), target (name -> value), inbox, title, again, dry; or words (all of it)
    sticker  sticker (its id; where that has two parts, with a slash between), and as reply without text and files
    react    message (n), emoji ("none" takes it back); fetch_again  message (n), file (id)
    retry, keep, cancel   message (n) or outbox (id)
    assign   agent (a name, "me" or None), seen_owner, take
    label, unlabel   labels
    resolve, reopen, pending; snooze until (epoch ms), wake_on_reply
    priority priority; spam spam (None: the other way round); unread unread (default True)
    join     into; split  child, message (n); keep_apart; accept_join
    skip     why
    label_edit   label; into, or remove, or name, colour, description, label_set, sticks
    call     number (instead of the customer's own), inbox; call_reason  reason, message (n)
    log      text, direction (in, out), how (visit, phone), when (epoch ms), who, minutes, contact; or words (all of it)
    undo, redo   action (id)
    canned_save  entry, instead; canned_remove  shortcut, scope, language; canned_used  key

    Of the customer of the one conversation, or of `contact`:
    merge    with (contact), or conversation (whose customer); choices, join
    split_contact   identity, operation
    contact_set   fields (name, title, language, note, attributes.NAME), rules
    contact_label   put, take (labels)
    keep_found    message (n), kind, value
    accept_suggestion   with (contact), choices, join; dismiss_suggestion   with (contact)
    block, unblock; risk  reason, phone, region; unrisk  marks (ids; without: all of theirs)

    Of orders (rules: the workspace's `OrderRules`):
    order_new    fields (as typed), contact, state, fill
    order_set    order (number or code; without: the conversation's latest), fields;   order_state  order, state
    deal         state (of a conversation without an order; None: none)
    """

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


Verb = Callable[[Tx, Actor, Mapping[str, Any], Sequence[int]], Done]


def perform(tx: Tx, actor: Actor, call: Call, targets: Sequence[int]) -> Done:
    """Do it to these conversations. Raises the errors of domain.errors."""
    verb = _VERBS.get(call.name)
    if verb is None:
        raise WrongUse(say("There is no action {name!r}.", name=call.name))
    return verb(tx, actor, call.args, targets)


def names() -> tuple[str, ...]:
    return tuple(_VERBS)


def _one(targets: Sequence[int]) -> int:
    if len(targets) != 1:
        raise WrongUse("This works on one conversation at a time.")
    return targets[0]


def _needed(args: Mapping[str, Any], name: str, question: str) -> Any:
    value = args.get(name)
    if value is None or value == "":
        raise WrongUse(question)
    return value


def _letter(args: Mapping[str, Any]) -> Letter:
    return Letter(
        text=args.get("text") or "",
        inbox=args.get("inbox"),
        address=args.get("address"),
        identity=args.get("identity"),
        everyone=bool(args.get("reply_all")),
        to=tuple(args["to"]) if args.get("to") else None,
        cc=tuple(args["cc"]) if args.get("cc") is not None else None,
        bcc=tuple(args.get("bcc") or ()),
        subject=args.get("subject"),
        quote=args.get("quote"),
        answers=args.get("answers"),
        files=_files(args),
        seen_n=args.get("seen_n"),
        seen_owner=args.get("seen_owner", triage.UNSEEN),
        force=bool(args.get("force")),
        hold_ms=args.get("hold_ms"),
        send_at=args.get("send_at"),
    )


def _files(args: Mapping[str, Any]) -> tuple[StoredFile, ...]:
    """Files already kept: StoredFile, or mappings with name, media_type, size, sha256."""
    return tuple(
        file
        if isinstance(file, StoredFile)
        else StoredFile(file["name"], file["media_type"], int(file["size"]), file["sha256"])
        for file in args.get("files") or ()
    )


def _reply(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    then = {"resolve": Status.RESOLVED, "pending": Status.PENDING}.get(args.get("then") or "")
    return bubbles.reply(
        tx,
        actor,
        _one(targets),
        replace(_letter(args), apart=bool(args.get("apart"))),
        buttons=tuple(args.get("buttons") or ()),
        then=then,
    )


def _note(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return answer.note(tx, actor, _one(targets), args.get("text") or "", files=_files(args))


def _new(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    inbox = _needed(args, "inbox", say("Through which inbox?"))
    address = _needed(args, "address", say("To whom?"))
    letter = _letter({**args, "inbox": None, "address": None})
    return answer.new(tx, actor, inbox, address, letter, name=args.get("name") or "")


def _forward(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    to = args.get("to") or args.get("address") or ()
    addresses = [part.strip() for part in to.split(",")] if isinstance(to, str) else list(to)
    message = _needed(args, "message", say("Which message?"))
    return answer.forward(
        tx, actor, message, [a for a in addresses if a], inbox_name=args.get("inbox"), text=args.get("text") or ""
    )


def _outbox_id(tx: Tx, args: Mapping[str, Any]) -> str:
    if args.get("outbox"):
        return str(args["outbox"])
    return str(sending.item_of(tx, _needed(args, "message", say("Which message?")))["id"])


def _retry(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return sending.retry(tx, actor, _outbox_id(tx, args))


def _keep(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return sending.keep(tx, actor, _outbox_id(tx, args))


def _cancel(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return sending.cancel(tx, actor, _outbox_id(tx, args))


def _assign(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    to = args.get("agent")
    if to == "me":
        if actor.kind is not Author.AGENT:
            raise WrongUse("Only an agent can take a conversation.")
        to = actor.agent
    seen = args.get("seen_owner", triage.UNSEEN)
    return triage.assign(tx, actor, targets, to or None, seen=seen, take=bool(args.get("take")))


def _labelled(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return triage.label(tx, actor, targets, _label_names(args))


def _unlabelled(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return triage.unlabel(tx, actor, targets, _label_names(args))


def _label_names(args: Mapping[str, Any]) -> list[str]:
    names = args.get("labels") or ()
    return [part.strip() for part in names.split(",")] if isinstance(names, str) else list(names)


def _status(status: Status) -> Verb:
    def verb(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
        return triage.set_status(tx, actor, targets, status, reason=args.get("reason") or "")

    return verb


def _snooze(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return triage.set_status(
        tx,
        actor,
        targets,
        Status.SNOOZED,
        until=args.get("until"),
        wake_on_reply=bool(args.get("wake_on_reply", True)),
    )


def _priority(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    word = str(_needed(args, "priority", say("Which priority?"))).lower()
    try:
        priority = Priority(word)
    except ValueError:
        raise WrongUse(
            say("{word!r} is no priority.", word=word), hint=say("One of: {words}.", words=", ".join(Priority))
        ) from None
    return triage.set_priority(tx, actor, targets, priority)


def _spam(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    spam = args.get("spam")
    return triage.toggle_spam(tx, actor, targets) if spam is None else triage.set_spam(tx, actor, targets, bool(spam))


def _unread(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return triage.mark_unread(tx, actor, targets, bool(args.get("unread", True)))


def _join(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    into = int(_needed(args, "into", say("Into which conversation?")))
    done: list[Done] = []
    for target in dict.fromkeys(targets):
        if target != into:
            last = threads.join(tx, actor, target, into)
            done.append(last)
            actor = Actor(actor.kind, actor.name, actor.cause, last.action_id)
    if not done:
        raise WrongUse("A conversation cannot be joined into itself.")
    return (
        done[-1]
        if len(done) == 1
        else Done(say("{n} joined into #{into}", n=len(done), into=into), (into,), done[-1].action_id, len(done))
    )


def _split(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return threads.split(tx, actor, _one(targets), child=args.get("child"), from_n=args.get("message"))


def _keep_apart(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return threads.keep_apart(tx, actor, _one(targets))


def _accept_join(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return threads.accept_suggestion(tx, actor, _one(targets))


def _undo(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return undo.undo(tx, actor, args.get("action"))


def _redo(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return undo.redo(tx, actor, args.get("action"))


def _contact(tx: Tx, args: Mapping[str, Any], targets: Sequence[int]) -> int:
    return int(args["contact"]) if args.get("contact") is not None else people.contact_of(tx, _one(targets))


def _merge(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    if args.get("conversation") is not None:
        other = people.contact_of(tx, int(args["conversation"]))
    else:
        other = int(_needed(args, "with", say("With which contact?")))
    own = _contact(tx, args, targets)
    return people.merge(tx, actor, own, other, args.get("choices"), join=bool(args.get("join")))


def _split_contact(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    own = _contact(tx, args, targets)
    return people.split(tx, actor, own, identity=args.get("identity"), operation=args.get("operation"))


def _contact_set(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return people.set_fields(tx, actor, _contact(tx, args, targets), args.get("fields") or {}, args.get("rules"))


def _contact_label(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    return people.label(tx, actor, _contact(tx, args, targets), args.get("put") or (), args.get("take") or ())


def _keep_found(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    message, kind, value = (_needed(args, name, say("Which finding?")) for name in ("message", "kind", "value"))
    return people.keep_found(tx, actor, int(message), kind, value)


def _accept_suggestion(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    other = int(_needed(args, "with", say("With which contact?")))
    own, join = _contact(tx, args, targets), bool(args.get("join"))
    return people.accept_suggestion(tx, actor, own, other, args.get("choices"), join=join)


def _dismiss_suggestion(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    other = int(_needed(args, "with", say("With which contact?")))
    return people.dismiss_suggestion(tx, actor, _contact(tx, args, targets), other)


def _skip(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    from unibox_tui.desk import play

    return play.skip(tx, actor, _one(targets), args.get("why") or "")


_OF_ORDERS = ("order_new", "order_set", "order_state", "deal", "block", "unblock", "risk", "unrisk")


def _of_orders(name: str) -> Verb:
    def verb(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
        from unibox_tui.desk.order_verbs import VERBS

        done: Done = VERBS[name](tx, actor, args, targets)
        return done

    return verb


def _of_calls(name: str) -> Verb:
    def verb(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
        from unibox_tui.desk.call_verbs import VERBS

        return VERBS[name](tx, actor, args, targets)

    return verb


_VERBS: dict[str, Verb] = {
    **{name: _of_calls(name) for name in ("call", "call_reason", "log")},
    "reply": _reply,
    "note": _note,
    "new": _new,
    "forward": _forward,
    "retry": _retry,
    "keep": _keep,
    "cancel": _cancel,
    "assign": _assign,
    "label": _labelled,
    "unlabel": _unlabelled,
    "resolve": _status(Status.RESOLVED),
    "reopen": _status(Status.OPEN),
    "pending": _status(Status.PENDING),
    "snooze": _snooze,
    "priority": _priority,
    "spam": _spam,
    "unread": _unread,
    "join": _join,
    "split": _split,
    "keep_apart": _keep_apart,
    "accept_join": _accept_join,
    "merge": _merge,
    "split_contact": _split_contact,
    "contact_set": _contact_set,
    "contact_label": _contact_label,
    "keep_found": _keep_found,
    "accept_suggestion": _accept_suggestion,
    "dismiss_suggestion": _dismiss_suggestion,
    "canned_save": canned_verbs.save,
    "canned_remove": canned_verbs.remove,
    "canned_used": canned_verbs.used,
    **{name: _of_orders(name) for name in _OF_ORDERS},
    "template": channel_verbs.template,
    "request_info": requests.request_info,
    "react": channel_verbs.react,
    "sticker": channel_verbs.sticker,
    "fetch_again": channel_verbs.fetch_again,
    "broadcast": channel_verbs.broadcast,
    "skip": _skip,
    "label_edit": label_editing.edit_verb,
    "undo": _undo,
    "redo": _redo,
}
