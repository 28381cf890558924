"""What customers of the simulated Zalo do, and the events that tell of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.sandbox.providers.base import File, Guest, Simulator
from unibox_tui.sandbox.providers.zalo_parts import HISTORY, MEDIA_MS, Oa, message_id


class ZaloCrowd(Simulator):
    """Without what Zalo answers."""

    app_id: str
    oas: dict[str, Oa]
    default: Oa

    def _out(self, oa: Oa, to: str, message: Mapping[str, Any], body: Any, admin: str = "") -> str:
        raise NotImplementedError

    # -- customers ------------------------------------------------------------------------------------------------------

    async def says(
        self,
        guest: Guest,
        text: str,
        files: Sequence[File] = (),
        *,
        account: str = "",
        group: str = "",
        quotes: str = "",
    ) -> str:
        """Each file is a message of its own; gives the last one's id. `group`: an id of `group_of`."""
        oa, id = self._of(account), ""
        for file in files:
            kind = file.media_type.partition("/")[0]
            kind = kind if kind in ("image", "audio", "video") else "file"
            url = self.shelve(file, lasts_ms=MEDIA_MS)
            payload = {"url": url}
            if kind == "file":
                payload |= {"name": file.name, "size": str(len(file.content)), "type": "file"}
            id = self.message(
                guest, kind, {"attachments": [{"type": kind, "payload": payload}]}, account=account, group=group
            )
        if text:
            more = {"quote_msg_id": quotes} if quotes else {}
            id = self.message(guest, "text", {"text": text, **more}, account=oa.id, group=group)
        return id

    def message(
        self, guest: Guest, kind: str, message: Mapping[str, Any], *, account: str = "", group: str = ""
    ) -> str:
        """Any kind: sticker, location, link …"""
        oa, id = self._of(account), message_id(self.next())
        full = {"msg_id": id, **message}
        if group:
            self.event(oa, f"user_send_group_{kind}", group, {"message": full, "oa_id": oa.id}, sender=guest.id)
            return id
        oa.guests[guest.id] = guest
        self._touched(oa, guest.id)
        payload = (message.get("attachments") or [{}])[0].get("payload", {})
        self._keep(oa, guest.id, id, kind, str(message.get("text", "")), payload, ours=False)
        self.event(oa, f"user_send_{kind}", oa.id, {"message": full}, sender=guest.id)
        return id

    def anonymous(self, visitor: str, text: str, *, account: str = "") -> str:
        """Somebody without a Zalo account writes in the shop's chat window."""
        oa, id = self._of(account), message_id(self.next())
        conversation = oa.conversations.setdefault(visitor, f"c{self.next(width=6)}")
        message = {"msg_id": id, "text": text, "conversation_id": conversation}
        self.event(oa, "anonymous_send_text", oa.id, {"message": message}, sender=visitor)
        return id

    def writes(self, guest: Guest, text: str, *, admin: str = "", account: str = "") -> str:
        """The account itself: a colleague (`admin`) in Zalo's web chat, or a robot."""
        oa = self._of(account)
        return self._out(oa, guest.id, {"text": text}, None, admin)

    def sees(self, guest: Guest, ids: Sequence[str], *, account: str = "", turned: bool = False) -> None:
        """`turned`: with sender and recipient in the other order."""
        oa, told = self._of(account), {"message": {"msg_ids": list(ids)}}
        if turned:
            self.event(oa, "user_seen_message", guest.id, told, ours=True)
        else:
            self.event(oa, "user_seen_message", oa.id, told, sender=guest.id)

    def follows(self, guest: Guest, yes: bool = True, *, account: str = "") -> None:
        oa = self._of(account)
        oa.guests[guest.id] = guest
        (oa.followers.add if yes else oa.followers.discard)(guest.id)
        if yes:
            self._touched(oa, guest.id)
        more = {"follower": {"id": guest.id}, "source": "oa_profile", "oa_id": oa.id}
        self._post(oa, {"event_name": "follow" if yes else "unfollow", "user_id_by_app": self.by_app(guest), **more})

    def withdraws(self, guest: Guest, *, account: str = "") -> None:
        """The customer takes back their consent and wants their data erased."""
        oa = self._of(account)
        self._post(
            oa,
            {
                "event_name": "user_withdraw",
                "oa_id": oa.id,
                "user_id": guest.id,
                "user_id_by_app": self.by_app(guest),
            },
        )

    def fills_in(self, guest: Guest, info: Mapping[str, Any], *, account: str = "") -> None:
        """The form that was asked for."""
        oa = self._of(account)
        oa.shared[guest.id] = dict(info)
        self._touched(oa, guest.id)
        self.event(oa, "user_submit_info", oa.id, {"info": dict(info)}, sender=guest.id)

    def calls(self, guest: Guest, talk_ms: int = 0, *, account: str = "", ours: bool = False) -> str:
        """A call that is over."""
        oa, id = self._of(account), f"call-{self.next(width=8)}"
        self._touched(oa, guest.id)
        facts = {
            "user_id": guest.id, "call_id": id, "call_type": "AUDIO", "init_time": str(self.clock()),
            "call_duration": talk_ms + 4_000, "waiting_time": 4, "talk_time": talk_ms, "status_code": 0 if talk_ms else 1,
        }  # fmt: skip
        self._post(oa, {"event_name": "oa_call_user" if ours else "user_call_oa", "oa_id": oa.id, **facts})
        return id

    def group_of(self, name: str, members: Sequence[Guest], *, account: str = "") -> str:
        oa, id = self._of(account), f"g{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:16]}"
        oa.groups[id] = {guest.id: guest for guest in members}
        self._post(oa, {"event_name": "create_group", "oa_id": oa.id, "group_id": id})
        return id

    def by_app(self, guest: Guest) -> str:
        """One id for all accounts of the app."""
        return str(int(hashlib.md5(guest.name.encode(), usedforsecurity=False).hexdigest()[:15], 16))

    def event(
        self,
        oa: Oa,
        name: str,
        to: str,
        more: Mapping[str, Any],
        *,
        sender: str = "",
        ours: bool = False,
        admin: str = "",
    ) -> None:
        """`ours`: the account is the sender, else `sender`."""
        who = {"id": oa.id, **({"admin_id": admin} if admin else {})} if ours else {"id": sender}
        guest = oa.guests.get(to if ours else sender)
        by_app = {"user_id_by_app": self.by_app(guest)} if guest is not None else {}
        self._post(oa, {"event_name": name, "sender": who, "recipient": {"id": to}, **by_app, **more})

    def _post(self, oa: Oa, event: Mapping[str, Any]) -> None:
        body = {"app_id": self.app_id, **event, "timestamp": str(self.clock())}
        self.hooks.post(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), url=oa.url)

    def _touched(self, oa: Oa, user: str) -> None:
        oa.last[user] = self.clock()
        oa.answers[user] = 0

    def _keep(
        self, oa: Oa, user: str, id: str, kind: str, words: str, payload: Mapping[str, Any], *, ours: bool
    ) -> None:
        guest = oa.guests.get(user)
        people = {oa.id: oa.name, user: guest.name if guest else ""}
        sender, to = (oa.id, user) if ours else (user, oa.id)
        row: dict[str, Any] = {
            "src": 0 if ours else 1,
            "time": self.clock(),
            "message_id": id,
            "type": HISTORY.get(kind, kind),
            "message": words,
            "from_id": sender,
            "to_id": to,
            "from_display_name": people[sender],
            "to_display_name": people[to],
            **({"url": payload["url"]} if "url" in payload else {}),
            **({"description": payload["name"]} if "name" in payload else {}),
        }
        oa.rows.append(row)

    def _of(self, account: str) -> Oa:
        return next((one for one in self.oas.values() if account in (one.id, one.name)), self.default)
