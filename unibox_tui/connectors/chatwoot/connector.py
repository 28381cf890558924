"""A Chatwoot account as an inbox: a team that has one works in it from here.

What is sent carries our reference in a field that Chatwoot tells back at once, and in an attribute that newer ones keep; where
neither is there, the same words by the same user since then are our message.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.api.settings import origin
from unibox_tui.connectors.chatwoot import parse
from unibox_tui.connectors.chatwoot.api import ChatwootApi
from unibox_tui.connectors.chatwoot.fields import changed
from unibox_tui.connectors.chatwoot.pulling import Pulling
from unibox_tui.connectors.chatwoot.settings import ChatwootSettings
from unibox_tui.connectors.contract import (
    Batch,
    CheckReport,
    Connector,
    Cursor,
    FetchesMedia,
    MarksRead,
    ParsesRaw,
    PullsEvents,
    Reconciles,
    SecretOf,
    SendRequest,
    SendResult,
    ShowsTyping,
    Tools,
    VerifiesWebhooks,
    failed_check,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    Misconfigured,
    OutcomeUnknown,
    SendRejected,
    Transient,
    Unparseable,
    WebhookForged,
)
from unibox_tui.connectors.mirroring import CannedThere, MirrorsCanned, MirrorsConversations
from unibox_tui.domain.inbound import InboundEvent, Upstream
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Priority
from unibox_tui.text.labels import spelt

SLACK_MS = 5_000
SHOWN_AGENTS = 40


class ChatwootConnector:
    NEEDS_TOOLS = True
    channel = "chatwoot"

    def __init__(self, name: str, settings: ChatwootSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name, self.settings = name, settings
        self._secret_of, self._tools = secret_of, tools
        self._api = ChatwootApi(name, settings, secret_of, tools)
        self._terms = parse.Terms(
            f"chatwoot:{urlsplit(settings.api).netloc}/{settings.account}",
            settings.account,
            frozenset(settings.inboxes),
            {str(number): agent for agent, number in settings.agents.items()},
        )
        self._pulling = Pulling(self._api, settings, self._terms, tools)
        self._origins = frozenset(map(origin, (settings.api, *settings.files_from)))
        self._me = ""

    def capabilities(self) -> Capabilities:
        return policy.capabilities(
            "chatwoot",
            undo_send_ms=int(self.settings.undo_send_seconds * 1000),
            extra={"upstream": True, "files_per_message": 1},
        )

    # -- receiving --------------------------------------------------------------------------------------------------------

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parse.events(body, self._terms)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Newer ones sign the time and the body; some receivers know a signature over the body alone."""
        secret = (self._secret_of("webhook_secret") or "").strip()
        if not secret:
            raise Misconfigured(
                "No webhook secret is stored.",
                hint=say("`unibox inbox secret {name} webhook_secret` stores one.", name=self.name),
            )
        given = headers.get("x-chatwoot-signature", "").strip().lower().removeprefix("sha256=").encode()
        stamp = headers.get("x-chatwoot-timestamp", "").encode()
        for signed in (stamp + b"." + body, body):
            right = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
            if hmac.compare_digest(right.encode(), given):
                return
        raise WebhookForged("The signature does not fit.")

    def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        return Pulling(self._api, self.settings, self._terms, self._tools).run(cursors)

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        address = reading.ident(remote, "url")
        if origin(address) not in self._origins:
            raise Unparseable("Files of this site are not fetched: it is not among `files_from`.")
        answer = await self._tools.http.request("GET", address, limit=limit, timeout_s=60.0, redirects=True)
        if answer.status == 200:
            return answer.body
        if answer.status == 429 or answer.status >= 500:
            raise Transient("The file cannot be fetched now.", code=str(answer.status))
        raise Unparseable("The file is not there any more.", code=str(answer.status))

    # -- sending ----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        policy.refuse_too_long(request.text, "chatwoot")
        if len(request.files) > 1:
            raise SendRejected("One file goes in a message.", code="too_many_files")
        attributes = {parse.REF: request.client_ref}
        if request.answers and request.answers.isdigit():
            attributes["in_reply_to"] = request.answers
        file = None
        if request.files:
            one = request.files[0]
            file = (one.name, await one.read(), one.media_type)
        id = await self._post(
            request.destination, request.text, request.client_ref, attributes, file, before=request.before_first_byte
        )
        return SendResult(id)

    async def _post(
        self,
        thread: str,
        text: str,
        ref: str,
        attributes: Mapping[str, str],
        file: tuple[str, bytes, str] | None = None,
        *,
        private: bool = False,
        before: Callable[[], Awaitable[None]],
    ) -> str:
        fields: dict[str, Any] = {"content": text, "message_type": "outgoing", "private": private, "echo_id": ref}
        path = f"conversations/{_number(thread)}/messages"
        if file is None:
            body = {**fields, "content_attributes": dict(attributes)}
            said = await self._api.call("POST", path, json=body, before_first_byte=before)
        else:
            form = {**fields, "private": "true" if private else "false"}
            form |= {f"content_attributes[{key}]": value for key, value in attributes.items()}
            said = await self._api.call(
                "POST", path, form=form, files={"attachments[]": file}, before_first_byte=before
            )
        id = reading.word(said, "id") if isinstance(said, dict) else ""
        if not id:
            raise OutcomeUnknown("Chatwoot took the message and named no number.")
        return id

    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        found = await self._find(request.destination, request.text, request.client_ref, started_at, private=False)
        return SendResult(found) if found else None

    async def _find(self, thread: str, text: str, ref: str, since: int, *, private: bool) -> str | None:
        """A message of ours among the newest: by our reference, else by its words, its user and its time."""
        if not self._me:
            profile = await self._api.call("GET", "/profile")
            self._me = reading.word(profile, "id") if isinstance(profile, dict) else ""
        page = await self._pulling.messages(_number(thread))
        ours = [one for one in page if reading.word(one, "message_type") in ("1", "outgoing")]
        for one in ours:
            if parse.is_ours(one, ref):
                return reading.ident(one, "id")
        for one in ours:
            sender = reading.maybe(one, "sender")
            if (
                reading.word(one, "content") == text
                and (one.get("private") is True) == private
                and reading.word(sender, "id") == self._me
                and not reading.word(reading.maybe(one, "content_attributes"), parse.REF)
                and reading.count(one, "created_at") * 1000 >= since - SLACK_MS
            ):
                return reading.ident(one, "id")
        return None

    async def typing(self, destination: str, on: bool) -> None:
        path = f"conversations/{_number(destination)}/toggle_typing_status"
        await self._api.call("POST", path, json={"typing_status": "on" if on else "off"}, decides=True)

    async def mark_read(self, destination: str, provider_id: str) -> None:
        await self._api.call("POST", f"conversations/{_number(destination)}/update_last_seen", json={}, decides=True)

    # -- both ways --------------------------------------------------------------------------------------------------------

    def knows_agent(self, name: str) -> bool:
        return name in self.settings.agents

    def label_there(self, name: str) -> str:
        return spelt(name)

    async def show(self, thread: str, change: Upstream) -> None:
        base = f"conversations/{_number(thread)}"
        if change.status is not None:
            body: dict[str, Any] = {"status": str(change.status)}
            if change.until is not None:
                body["snoozed_until"] = change.until // 1000
            await self._api.call("POST", f"{base}/toggle_status", json=body, decides=True)
        if change.labels is not None:
            await self._api.call("POST", f"{base}/labels", json={"labels": list(change.labels)}, decides=True)
        if change.assignee is not None:
            number = int(self.settings.agents[change.assignee]) if change.assignee else None
            await self._api.call("POST", f"{base}/assignments", json={"assignee_id": number}, decides=True)

        if change.priority is not None:
            level = None if change.priority is Priority.NORMAL else str(change.priority)
            await self._api.call("POST", f"{base}/toggle_priority", json={"priority": level}, decides=True)

    async def show_customer(self, who: str, fields: Mapping[str, str]) -> None:
        path = f"contacts/{_number(who.rpartition('/')[2])}"
        found = await self._api.call("GET", path, decides=True)
        there = reading.maybe(reading.maybe(found if isinstance(found, dict) else {}, "payload"), "custom_attributes")
        put, gone = changed(there, fields)
        if put:
            await self._api.call("PUT", path, json={"custom_attributes": put}, decides=True)
        if gone:
            body = {"custom_attributes": gone}
            await self._api.call("POST", f"{path}/destroy_custom_attributes", json=body, decides=True)

    async def note(self, thread: str, text: str, ref: str) -> str:
        async def nothing() -> None:
            return None

        marked = f"{parse.NOTE_REF}{ref}"
        return await self._post(thread, text, marked, {parse.REF: marked}, private=True, before=nothing)

    async def find_note(self, thread: str, text: str, ref: str, since: int) -> str | None:
        return await self._find(thread, text, f"{parse.NOTE_REF}{ref}", since, private=True)

    async def canned(self) -> Sequence[CannedThere]:
        found = await self._api.call("GET", "canned_responses")
        rows = reading.some({"all": found}, "all")
        return [
            CannedThere(reading.word(one, "id"), reading.word(one, "short_code"), reading.word(one, "content"))
            for one in rows
            if reading.word(one, "id")
        ]

    async def put_canned(self, shortcut: str, text: str, id: str = "") -> str:
        body = {"short_code": shortcut, "content": text}
        path = f"canned_responses/{_number(id)}" if id else "canned_responses"
        said = await self._api.call("PATCH" if id else "POST", path, json=body, decides=True)
        found = id or (reading.word(said, "id") if isinstance(said, dict) else "")
        if not found:
            raise Transient("Chatwoot named no number of the canned reply.")
        return found

    async def drop_canned(self, id: str) -> None:
        await self._api.call("DELETE", f"canned_responses/{_number(id)}", decides=True)

    # -- how it stands ----------------------------------------------------------------------------------------------------

    async def check(self) -> CheckReport:
        try:
            return await self._checked()
        except ConnectorError as error:
            return failed_check(error)

    async def _checked(self) -> CheckReport:
        profile = await self._api.call("GET", "/profile")
        profile = profile if isinstance(profile, dict) else {}
        notes = [f"Chatwoot knows this token as {reading.word(profile, 'name') or 'somebody'}."]
        ok = True
        accounts = {reading.word(one, "id"): reading.word(one, "role") for one in reading.some(profile, "accounts")}
        if accounts and self.settings.account not in accounts:
            where = ", ".join(accounts)
            return CheckReport(
                False, self.settings.address, (*notes, f"`account`: the token's user is not in it, but in {where}.")
            )
        if accounts.get(self.settings.account) == "agent":
            notes.append("The user is an agent and no administrator: Chatwoot may refuse canned replies made here.")
        if self.settings.ways == "socket" and not reading.word(profile, "pubsub_token"):
            ok = False
            notes.append('The token is no agent\'s, so there is no socket for it: set ways = "poll".')
        agents = reading.some({"all": await self._api.call("GET", "agents")}, "all")
        numbers = {reading.word(one, "id"): reading.word(one, "name") for one in agents}
        if missing := [name for name, number in self.settings.agents.items() if str(number) not in numbers]:
            ok = False
            notes.append(f"`agents`: Chatwoot has no agent with the number of {', '.join(missing)}.")
        shown = [f"{number} {name}" for number, name in list(numbers.items())[:SHOWN_AGENTS]]
        notes.append(f"Its agents: {', '.join(shown)}")
        inboxes = await self._api.call("GET", "inboxes")
        there = {
            reading.word(one, "id") for one in reading.some(inboxes if isinstance(inboxes, dict) else {}, "payload")
        }
        if gone := [number for number in self.settings.inboxes if number not in there]:
            ok = False
            notes.append(f"`inboxes`: the token's user sees no inbox {', '.join(gone)}.")
        if not await asyncio.to_thread(self._secret_of, "webhook_secret"):
            notes.append("No webhook secret is stored: webhooks are not taken, which the socket does not need.")
        return CheckReport(ok, self.settings.address, tuple(notes))

    async def aclose(self) -> None:
        return None


def _number(thread: str) -> str:
    if not (thread.isascii() and thread.isdigit()):
        raise SendRejected("This is no conversation of Chatwoot.", code="no_conversation")
    return thread


if TYPE_CHECKING:

    def _claims(
        connector: ChatwootConnector,
    ) -> tuple[
        Connector, PullsEvents, ParsesRaw, VerifiesWebhooks, Reconciles, FetchesMedia, ShowsTyping, MarksRead,
        MirrorsConversations, MirrorsCanned,
    ]:  # fmt: skip
        return (connector,) * 10
