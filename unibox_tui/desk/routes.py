"""Where an answer goes: the inbox and the identity, and whether it may."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unibox_tui.desk.deciding import decision, of_letter
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.errors import Refused, WrongUse
from unibox_tui.domain.policy import Decision
from unibox_tui.domain.saying import say
from unibox_tui.locale import N_
from unibox_tui.store import contacts, inboxes
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import StoredFile
from unibox_tui.text.keys import normal_phone
from unibox_tui.views.files import FILE_REFUSALS, file_refusal

REFUSALS = {
    "window_closed": (N_("The time in which {title} allows an answer is over."), N_("Answer through another inbox.")),
    "too_long": (
        N_("The text is longer than {title} takes ({length} of {limit} characters)."),
        N_("Shorten it or send it in parts."),
    ),
    "no_attachments": (N_("{title} takes no files."), N_("Send a link, or answer through another inbox.")),
    "attachment_too_big": FILE_REFUSALS["attachment_too_big"],
    "attachment_type": FILE_REFUSALS["attachment_type"],
    "not_allowed": (N_("{title} does not let us write first."), N_("Answer through another inbox.")),
    "human_only": (N_("{title} now takes only what a person writes."), N_("Answer by hand.")),
    "answers_spent": (N_("No answer is left at {title} until the customer writes again."), N_("Choose another inbox.")),
    "quota_spent": (N_("The quota of {title} is used up."), N_("Answer through another inbox, or buy more there.")),
    "not_following": (N_("The customer does not follow {title}."), N_("Answer through another inbox.")),
    "blocked": (N_("The customer has blocked {title} or asked it to stop."), N_("Answer through another inbox.")),
    "not_agreed": (N_("The customer has not agreed to this at {title}."), N_("Ask for their consent first.")),
    "outside_hours": (N_("{title} does not allow this at this hour."), N_("Send it later with --at.")),
    "package_too_low": (N_("The package {package} of {title} does not allow this."), N_("Raise it at the provider.")),
}


def way_of(tx: Tx, conversation: Row, letter: Letter) -> tuple[InboxRow, Row]:
    """The inbox and identity the answer goes to: as chosen, else the first way the composer shows as allowed. One that costs
    something is not taken in place of another that nobody gave up. Raises Refused, WrongUse."""
    known = [
        (inboxes.by_id(tx.db, row["inbox_id"]), row) for row in contacts.identities(tx.db, conversation["contact_id"])
    ]
    known = [(inbox, row) for inbox, row in known if inbox.group_name == conversation["group_name"]]
    if letter.inbox is not None:
        inbox = inboxes.named(tx.db, letter.inbox)
        if inbox.group_name != conversation["group_name"]:
            raise Refused(
                say("{inbox} belongs to another brand than #{n}.", inbox=inbox.title, n=conversation["id"]),
                hint="Start a new conversation there.",
            )
        if letter.identity is not None:
            shown = contacts.identity(tx.db, letter.identity)
            if shown["inbox_id"] != inbox.id:
                raise WrongUse(say("This customer has no address at {inbox}.", inbox=inbox.title))
            return inbox, shown
        return inbox, _identity_in(tx, inbox, known, conversation, letter.address)
    from unibox_tui.views.ways import ways

    offered = ways(tx.db, conversation["id"], now=tx.now)
    way = next((way for way in offered if way.allowed), None)
    last = next((one for one in offered if one.identity_id == conversation["last_identity_id"]), None)
    if way is not None and last is not None and not last.allowed and (way.price or way.charged):
        used = inboxes.by_id(tx.db, last.inbox_id)
        refused = refusal(allowed(tx, used, last.identity_id), used)
        hint = say(
            "{title} takes it and costs something: `--inbox {inbox}` chooses it.", title=way.title, inbox=way.inbox
        )
        raise Refused(refused.message, hint=hint, code=refused.code)
    if way is not None:
        inbox = inboxes.by_id(tx.db, way.inbox_id)
        if way.identity_id:
            return inbox, contacts.identity(tx.db, way.identity_id)
        return inbox, new_identity(tx, inbox, way.address, int(conversation["contact_id"]))
    if offered:
        inbox = inboxes.by_id(tx.db, offered[0].inbox_id)
        raise refusal(allowed(tx, inbox, offered[0].identity_id), inbox)
    raise Refused("There is no address this customer can be reached at.", hint="`new` starts a conversation with one.")


def _identity_in(
    tx: Tx, inbox: InboxRow, known: Sequence[tuple[InboxRow, Row]], conversation: Row, address: str | None
) -> Row:
    here = [row for other, row in known if other.id == inbox.id]
    if address is not None:
        match = [row for row in here if row["address"] == address.strip().lower() or row["address"] == address]
        if match:
            return match[0]
        return new_identity(tx, inbox, address, int(conversation["contact_id"]))
    if here:
        here.sort(key=lambda row: (row["id"] != conversation["last_identity_id"], -(row["last_seen_at"] or 0)))
        return here[0]
    if inbox.capabilities.starts:
        stated = contacts.stated(tx.db, conversation["contact_id"], _key_kind(inbox))
        if stated:
            return new_identity(tx, inbox, stated[0], int(conversation["contact_id"]))
    raise Refused(
        say("This customer has no address at {inbox}.", inbox=inbox.title),
        hint="Name one with --to, or choose another inbox.",
    )


def _key_kind(inbox: InboxRow) -> str:
    """What kind of key an inbox reaches people by."""
    return inbox.capabilities.address_kind


_NUMBER = re.compile(r"\+?[0-9]{3,15}")


def new_identity(tx: Tx, inbox: InboxRow, address: str, contact: int | None) -> Row:
    if not inbox.capabilities.starts:
        raise Refused(
            say("{inbox} does not let us write first.", inbox=inbox.title),
            hint="Wait for the customer, or choose another inbox.",
        )
    kind = _key_kind(inbox)
    clean = address.strip()
    if kind == "email":
        clean = clean.lower()
        if "@" not in clean or any(mark in clean for mark in " \r\n,;<>"):
            raise WrongUse(say("{address!r} is not a mail address.", address=address), hint="name@example.com")
    elif kind == "phone":
        clean = re.sub(r"[ .()-]", "", clean)
        if _NUMBER.fullmatch(clean) is None:
            raise WrongUse(say("{address!r} is not a telephone number.", address=address), hint="+84912345678")
        clean = normal_phone(clean, inbox.region) or clean
    from unibox_tui.domain.inbound import Person

    id, _, _ = contacts.identity_for(tx, inbox, Person(clean, kind), at=tx.now, contact=contact)
    return contacts.identity(tx.db, id)


def allowed(tx: Tx, inbox: InboxRow, identity_id: int) -> Decision:
    return decision(tx, inbox, identity_id)


def check(tx: Tx, inbox: InboxRow, identity: Row, letter: Letter, text: str) -> Decision:
    """What lets it go. Raises Refused."""
    verdict = of_letter(tx, inbox, identity["id"], letter, text)
    if not verdict.allowed:
        refused = refusal(verdict, inbox, letter.files)
        if verdict.reason == "window_closed" and letter.send_at is not None and letter.send_at > tx.now:
            message = say("The time in which {title} allows an answer will be over by then.", title=inbox.title)
            raise Refused(message, hint=refused.hint or N_("Send it sooner."), code="window_closed")
        raise refused
    return verdict


def refusal(verdict: Decision, inbox: InboxRow, files: Sequence[StoredFile] = ()) -> Refused:
    """Why this may not be sent, and what helps. `files`: those that were decided about."""
    if verdict.reason in FILE_REFUSALS:
        which = verdict.detail.get("which", len(files))
        name = files[which].name if which < len(files) else ""
        return file_refusal(verdict.reason, verdict.detail, inbox.title, name)
    message, hint = REFUSALS.get(verdict.reason, (N_("{title} refuses this message."), ""))
    if any(offer.kind == "template" for offer in verdict.offers):
        hint = N_("A template may still be sent.")
    return Refused(say(message, title=inbox.title, **verdict.detail), hint=hint, code=verdict.reason)
