"""What customers of the simulated LINE do, and the events that tell of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.sandbox.providers.base import File, Guest, Simulator
from unibox_tui.sandbox.providers.line_parts import CONTENT_LIVES_MS, Account, Group, line_id, packed, source


class LineCrowd(Simulator):
    """Without what LINE answers."""

    accounts: dict[str, Account]
    default: Account

    # -- customers -----------------------------------------------------------------------------------------------------

    def befriend(self, guest: Guest, *, account: str = "", again: bool = False) -> None:
        """A customer adds (or unblocks) us."""
        to = self._of(account)
        to.guests[guest.id] = guest
        to.followers.add(guest.id)
        self.event(to, {"type": "follow", "follow": {"isUnblocked": again}}, guest)

    def block(self, guest: Guest, *, account: str = "") -> None:
        to = self._of(account)
        to.followers.discard(guest.id)
        self.event(to, {"type": "unfollow"}, guest, replies=False)

    async def says(
        self,
        guest: Guest,
        text: str,
        files: Sequence[File] = (),
        *,
        account: str = "",
        group: str = "",
        quotes: str = "",
        mentions_us: bool = False,
    ) -> str:
        """In a `group` (an id of `group_of`), or alone. Each file is a message of its own; gives the last one's id."""
        to, id = self._of(account), ""
        if not group and guest.id not in to.guests:
            to.guests[guest.id] = guest
            to.followers.add(guest.id)
        for file in files:
            id = self.next("45000000", 10)
            self.event(to, {"type": "message", "message": self._file_message(to, id, file)}, guest, group=group)
        if text:
            id = self.next("45000000", 10)
            message = self._quotable(to, {"id": id, "type": "text", "text": text})
            if quotes:
                message["quotedMessageId"] = quotes
            if mentions_us:
                mention = {"index": 0, "length": 5, "type": "user", "userId": to.user_id, "isSelf": True}
                message["mention"] = {"mentionees": [mention]}
            self.event(to, {"type": "message", "message": message}, guest, group=group)
        return id

    def message(self, guest: Guest, message: Mapping[str, Any], *, account: str = "", group: str = "") -> str:
        """Any other kind: sticker, location …"""
        to, id = self._of(account), self.next("45000000", 10)
        to.guests.setdefault(guest.id, guest)
        to.followers.add(guest.id)
        self.event(to, {"type": "message", "message": self._quotable(to, {"id": id, **message})}, guest, group=group)
        return id

    def unsends(self, guest: Guest, id: str, *, account: str = "", group: str = "") -> None:
        self.event(
            self._of(account), {"type": "unsend", "unsend": {"messageId": id}}, guest, group=group, replies=False
        )

    def presses(self, guest: Guest, data: str, *, account: str = "") -> None:
        self.event(self._of(account), {"type": "postback", "postback": {"data": data}}, guest)

    def group_of(self, name: str, members: Sequence[Guest], *, account: str = "", room: bool = False) -> str:
        """A group with these members and us; its id."""
        to = self._of(account)
        id = line_id("R" if room else "C", name)
        to.groups[id] = Group(id, name, {guest.id: guest for guest in members}, room)
        self.event(to, {"type": "join"}, None, group=id)
        return id

    def event(
        self, account: Account, event: Mapping[str, Any], guest: Guest | None, *, group: str = "", replies: bool = True
    ) -> None:
        """One event on its way to the account's webhook (or the one of all accounts)."""
        chat = group or (guest.id if guest else "")
        full: dict[str, Any] = {
            **event,
            "timestamp": self.clock(),
            "mode": "active",
            "webhookEventId": self.next("01J", 23),
            "deliveryContext": {"isRedelivery": False},
            "source": source(account, guest, group),
        }
        if replies:
            token = secrets.token_hex(16)
            account.reply_tokens[token] = (chat, self.clock())
            full["replyToken"] = token
        self.hooks.post(packed({"destination": account.user_id, "events": [full]}), url=account.endpoint)

    def _of(self, account: str) -> Account:
        return next((one for one in self.accounts.values() if account in (one.user_id, one.name)), self.default)

    def _quotable(self, account: Account, message: Mapping[str, Any]) -> dict[str, Any]:
        quote, read = f"q-{secrets.token_hex(6)}", f"r-{secrets.token_hex(6)}"
        account.quotable.add(quote)
        account.read_tokens[read] = str(message["id"])
        return {**message, "quoteToken": quote, "markAsReadToken": read}

    def _file_message(self, account: Account, id: str, file: File) -> dict[str, Any]:
        kind = file.media_type.partition("/")[0]
        account.content[id] = (file, self.clock() + CONTENT_LIVES_MS, "succeeded")
        message: dict[str, Any] = {"id": id, "contentProvider": {"type": "line"}}
        match kind:
            case "image":
                return self._quotable(account, {**message, "type": "image"})
            case "video":
                return self._quotable(account, {**message, "type": "video", "duration": 4_000})
            case "audio":
                made = self._quotable(account, {**message, "type": "audio", "duration": 4_000})
            case _:
                facts = {"id": id, "type": "file", "fileName": file.name, "fileSize": len(file.content)}
                made = self._quotable(account, facts)
        del made["quoteToken"]
        return made
