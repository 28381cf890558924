"""Every table and column of the schema: how an export carries it, or why it does not."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """`values`: columns carried as they are. `names`: pointers, carried by what they point to is called (column -> of what).
    `told`: JSON that holds pointers, carried with names in it. `left`: columns that no line has -> why."""

    values: str = ""
    names: dict[str, str] = field(default_factory=dict)
    told: str = ""
    left: dict[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        return [*self.values.split(), *self.names, *self.told.split(), *self.left]


NUMBER = "a number of this store's own; lines go by uid or name"
REACHED = "derived: worked out again from what is carried"
WRITTEN = "local: when this store wrote the row"
INERT = "local: an import is inert, nobody waits and nothing is unread"

CARRIED = {
    "agent": Table("name display language", left={"created_at": WRITTEN, "seen_at": WRITTEN}),
    "inbox": Table(
        "name channel group_name title address region language",
        left={
            "id": NUMBER,
            "state": "local: an inbox that is not configured here is kept as a removed one",
            "capabilities": "local: made from the configuration",
            "created_at": WRITTEN,
            "updated_at": WRITTEN,
        },
    ),
    "label": Table(
        "name colour description label_set sticks", left={"id": NUMBER, "folded": REACHED, "used_at": WRITTEN}
    ),
    "contact": Table(
        "uid name title language note attributes first_seen_at last_seen_at created_at forgotten_at blocked_at blocked_by",
        {"merged_into": "contact"},
        left={"id": NUMBER, "updated_at": WRITTEN},
    ),
    "contact_label": Table(names={"contact_id": "contact", "label_id": "label"}),
    "identity": Table(
        "kind address name verified attributes first_seen_at last_seen_at",
        {"inbox_id": "inbox", "contact_id": "contact", "home": "contact"},
        left={
            "id": NUMBER,
            "profile_next": "local: when the service asks the provider again",
            "profile_tries": "local: when the service asks the provider again",
        },
    ),
    "contact_key": Table(
        "kind value verified at",
        {"contact_id": "contact", "identity_id": "holder", "message_n": "message"},
        left={"norm": REACHED},
    ),
    "reply_window": Table("what at", {"identity_id": "identity"}),
    "given": Table("name value source at", {"identity_id": "identity"}),
    "identity_standing": Table("facts at follows agreed", {"identity_id": "identity"}),
    "outside_id": Table("system external_id at", {"contact_id": "contact"}),
    "outside_conflict": Table("kind field system value at", {"id": "contact or order"}),
    "contact_merge": Table(
        "id at actor_kind actor undone_at",
        {"winner": "contact", "loser": "contact"},
        told="why choices before after moved joins",
        left={"seq": "derived: the order of the lines"},
    ),
    "contact_suggestion": Table("state score at updated_at", told="low high evidence"),
    "conversation": Table(
        "uid group_name kind subject status assignee priority spam snoozed_until snooze_wake_on_reply created_at resolved_at",
        {"contact_id": "contact", "home": "contact", "joined_into": "conversation"},
        left={
            "id": "carried as `number`, kept when it is free",
            "unread": INERT,
            "waiting_since": INERT,
            "answered": REACHED,
            "failed": REACHED,
            "closes_at": REACHED,
            "last_at": REACHED,
            "last_n": REACHED,
            "last_direction": REACHED,
            "last_inbox_id": REACHED,
            "last_identity_id": REACHED,
            "snippet": REACHED,
            "message_count": REACHED,
            "suggest_join": "local: an offer of the moment",
            "updated_at": WRITTEN,
        },
    ),
    "conversation_join": Table("id at actor undone_at", {"child": "conversation", "parent": "conversation"}),
    "conversation_label": Table(names={"conversation_id": "conversation", "label_id": "label"}),
    "message": Table(
        "n id direction kind author_kind author author_unsure sent_at received_at state state_at reason client_ref automatic "
        "unsent_at edited_at",
        {
            "conversation_id": "conversation",
            "born_in": "conversation",
            "inbox_id": "inbox",
            "identity_id": "identity",
            "answers_n": "message",
        },
        left={"inert": "1 in every message that was imported", "has_files": REACHED},
    ),
    "message_body": Table(
        "text hidden_text subject email extra",
        {"n": "message"},
        left={"search_text": "derived: what the index holds", "fold_version": REACHED},
    ),
    "message_key": Table("scope provider_id", {"n": "message"}),
    "mail_place": Table("folder uidvalidity uid", {"inbox_id": "inbox", "n": "message"}),
    "attachment": Table(
        "position name media_type size sha256 remote inline content_id",
        {"n": "message"},
        left=dict.fromkeys(
            ("id", "state", "slow", "tries", "fetch_at", "reason"), "local: whether this store has the bytes yet"
        ),
    ),
    "reaction": Table("who emoji at", {"n": "message"}),
    "call": Table(
        "via direction state agent started_at answered_at ended_at counts_at reason facts",
        {"n": "message"},
        left={"reason_folded": REACHED},
    ),
    "customer_order": Table(
        "uid code shop external_id agent state items currency amount deposit received phone address note carrier tracking "
        "closed_by confirmed_at packed_at shipped_at delivered_at returned_at cancelled_at removed_at created_at updated_at "
        "typed",
        {"conversation_id": "conversation", "contact_id": "contact"},
        left={"id": NUMBER},
    ),
    "deal": Table("state agent at", {"conversation_id": "conversation"}),
    "risk_mark": Table("id phone reason author source at removed_at", {"contact_id": "contact"}),
    "event": Table(
        "at kind actor_kind actor action_id cause",
        {"conversation_id": "conversation", "contact_id": "contact", "inbox_id": "inbox", "message_n": "message"},
        told="data",
        left={"seq": "derived: the order of the lines"},
    ),
}

LEFT = {
    "found": REACHED,
    "conversation_inbox": REACHED,
    "order_key": REACHED,
    "search": REACHED,
    "search_code": REACHED,
    "people": REACHED,
    "people_stale": REACHED,
    "answer_terms": REACHED,
    "missing_ancestor": "derived: letters that answer one not here yet, looked for when it comes",
    "suggest_answer": "derived: learned again from the history",
    "suggest_example": "derived: learned again from the history",
    "suggest_source": "derived: learned again from the history",
    "suggest_model": "derived: learned again from the history",
    "meta": "local: about this file",
    "counter": "local: the next numbers",
    "change_log": "local: tells running programs of this store what to read again",
    "lease": "local: which process does the work now",
    "inbox_health": "local: how the service and the provider are now",
    "inbox_hour": "local: counts of the service's own last days",
    "cursor": "local: how far this service has read; another must not believe it has",
    "outage": "local: what this service missed",
    "outage_filled": "local: what this service missed",
    "template": "local: fetched from the provider",
    "raw_event": "local: payloads as they came; what is in them is carried as messages",
    "outbox": "local: what has not left can never leave from another store",
    "reaction_owed": "local: what has not left can never leave from another store",
    "message_cost": "local: what the provider bills this account; counted twice it would be wrong in both",
    "draft": "local: an agent's own, not finished",
    "read_marker": "local: an agent's own",
    "presence": "local: who is here now",
    "action": "local: what can be undone here",
    "canned": "carried by `unibox canned export`",
    "canned_use": "local: how often a reply from a file was used here",
    "outside_request": "local: answers already given to another system's requests",
    "outgoing_cursor": "local: how far each webhook has been told",
    "mirror_thread": "local: between this store and the helpdesk above it",
    "mirror_cursor": "local: between this store and the helpdesk above it",
    "mirror_canned": "local: between this store and the helpdesk above it",
}
