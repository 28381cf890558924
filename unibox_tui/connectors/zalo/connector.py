"""A Zalo Official Account as an inbox: webhooks and history in, consultation messages and templates out."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.addresses import can_be_called
from unibox_tui.connectors.contract import (
    Batch,
    Broadcasts,
    CheckReport,
    Connector,
    Consents,
    Cursor,
    FetchesMedia,
    FetchesProfile,
    LinksCalls,
    ListsTemplates,
    MirrorsTags,
    ParsesRaw,
    PullsEvents,
    Reacts,
    Reconciles,
    SecretOf,
    SendRequest,
    SendResult,
    Splits,
    Standing,
    TellsQuota,
    TellsStanding,
    Template,
    Tools,
    VerifiesWebhooks,
    failed_check,
)
from unibox_tui.connectors.errors import ConnectorError, Misconfigured, NoConsent, SendRejected, Transient, Unparseable
from unibox_tui.connectors.tokens import RotatingToken
from unibox_tui.connectors.zalo import account, broadcasting, hook, parse, reactions, tagging
from unibox_tui.connectors.zalo.calls import MEDIA_S, Calls, object_of
from unibox_tui.connectors.zalo.grant import EARLY_MS, Grant
from unibox_tui.connectors.zalo.history import History
from unibox_tui.connectors.zalo.phoning import Centre, Phoning
from unibox_tui.connectors.zalo.sending import CHANNEL, SUBTITLE, TITLE, Sending, is_customer, is_phone
from unibox_tui.connectors.zalo.settings import Hosts, ZaloSettings
from unibox_tui.domain.inbound import InboundEvent, Person
from unibox_tui.domain.policy import Capabilities

POLL_S = 15.0
FORM_FIELDS = ("name", "phone", "address")
FILL_S = 900.0  # with a webhook, history is only asked to fill what it missed


class ZaloConnector:
    NEEDS_TOOLS = True
    channel = CHANNEL

    def __init__(self, name: str, settings: ZaloSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name, self.settings = name, settings
        self._secret_of, self._tools = secret_of, tools
        app = tools.app
        self._app_id = settings.app_id or (app.id if app is not None else "")
        self._hosts = Hosts.of(settings.api or (app.api if app is not None else ""))
        mend = f"`unibox inbox reconnect {name}` asks for consent again."
        self._grant = Grant(tools.http, secret_of, self._hosts.oauth, self._app_id, settings.redirect, tools.now, mend)
        self._token = RotatingToken(tools, secret_of, self._grant.renewed, early_ms=EARLY_MS, mend=mend)
        self._calls = Calls(
            tools.http,
            self._token,
            secret_of,
            tools.pace(f"zalo {settings.oa_id or name}", policy.pace(CHANNEL)),
            tools.now,
            mend=mend,
            proof=settings.appsecret_proof,
        )
        self._side = parse.Side(settings.oa_id, self._app_id)
        self._history = History(self._calls, self._hosts.api, self._side, tools.now)
        self._sending = Sending(self._calls, self._hosts, self._history, tools.now, region=settings.region)
        self._account = account.Account(self._calls, self._hosts, self._token, tools.now)
        self._phoning = Phoning(self._calls, self._hosts, settings, tools.now)
        self._tagging = tagging.Tagging(self._calls, self._hosts)

    def capabilities(self) -> Capabilities:
        return policy.capabilities(
            CHANNEL,
            self.settings.policy,
            undo_send_ms=int(self.settings.undo_send_seconds * 1000),
            starts=True,  # by telephone number, with a template
            extra={
                "files_per_message": 1,
                "text_with_files": False,
                "sticker": ["id"],
                "quotes_not_to": [parse.GROUP],
                "reactions": list(reactions.EMOJIS),
                "group_chatter_unread": self.settings.group_chatter_unread,
                "broadcast": broadcasting.CAPABILITY,
                **({"call_links": {"consent": True}} if self.settings.calls else {}),
                **({"tags": self.settings.tags} if self.settings.tags != "no" else {}),
                **({"request_info": self._form()} if self.settings.form_image else {}),
                "redelivery_ms": policy.limits(CHANNEL).redelivery_ms,
            },
        )

    def _form(self) -> dict[str, Any]:
        given = self.settings
        return {
            "fields": list(FORM_FIELDS),
            "title": given.form_title[:TITLE],
            "subtitle": given.form_text[:SUBTITLE],
            "image_url": given.form_image,
        }

    # -- in -------------------------------------------------------------------------------------------------------------

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parse.events(body, self._side)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        hook.verify(body, headers, self._secret_of, self._app_id)

    def split(self, body: bytes) -> Sequence[tuple[str | tuple[str, ...], bytes]]:
        return hook.split(body)

    async def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        every = POLL_S if self.settings.ways == "poll" else FILL_S
        async for batch in self._history.pull(cursors, every_s=every, history_days=self.settings.history_days):
            yield batch

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        """Zalo's files lie open at long addresses that die."""
        url = reading.ident(remote, "url")
        if urlsplit(url).scheme != "https" and not url.startswith(f"{self._hosts.api}/"):
            raise Unparseable("This content lies at an address that is not fetched.", code="scheme")
        answer = await self._tools.http.request("GET", url, limit=limit, redirects=True, timeout_s=MEDIA_S)
        if answer.status == 200:
            return answer.body
        if answer.status in (403, 404, 410):
            raise Unparseable("Zalo's link to the file has expired.", code=str(answer.status))
        raise Transient("Zalo does not give the file now.", code=str(answer.status))

    async def profile(self, address: str) -> Person | None:
        return await self._account.profile(address)

    # -- out ------------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        if request.options.get("broadcast"):
            return await self.broadcast(request)
        match reading.word(reading.maybe(request.options, "call"), "how"):
            case "":
                return await self._sending.send(request)
            case "consent":
                return await self.ask_consent(request)
            case _:
                return await self.call_link(request)

    async def broadcast(self, request: SendRequest) -> SendResult:
        return await broadcasting.broadcast(self._calls, self._hosts, request)

    async def call_link(self, request: SendRequest) -> SendResult:
        return await self._phoning.link(request)

    async def ask_consent(self, request: SendRequest) -> SendResult:
        return await self._phoning.ask(request)

    def tag_there(self, name: str) -> str:
        return tagging.spelt(name)

    async def tag(self, address: str, name: str) -> None:
        await self._tagging.put_on(address, name)

    async def untag(self, address: str, name: str) -> None:
        await self._tagging.take_off(address, name)

    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        found = await self._sending.find(request, started_at)
        return None if found is None else SendResult(found)

    async def react(self, destination: str, provider_id: str, emoji: str) -> None:
        sign = reactions.sign_of(emoji)
        if sign is None or not is_customer(destination):
            raise SendRejected("Zalo does not take this reaction here.", code="reaction")
        action = {"react_icon": sign, "react_message_id": provider_id}
        body = {"recipient": {"user_id": destination}, "sender_action": action}
        await self._calls.post(f"{self._hosts.api}/v2.0/oa/message", body)

    async def templates(self) -> Sequence[Template]:
        return await self._account.templates()

    # -- how it stands --------------------------------------------------------------------------------------------------

    async def quota(self, destination: str) -> Mapping[str, Any]:
        if is_phone(destination):
            return await self._phoning.consent(destination)
        return await self._account.quota(destination)

    async def standing(self) -> Standing:
        return await self._account.standing()

    def consent_url(self, state: str) -> str:
        return self._grant.link(state)

    async def take_code(self, code: str, state: str) -> CheckReport:
        """The tokens are kept only when they are of this account: whoever agrees chooses one of theirs."""
        fresh = await self._grant.of_code(code)
        told = object_of(await self._calls.with_token(f"{self._hosts.api}/v2.0/oa/getoa", fresh.access))
        id, name = account.oa_id(told), reading.word(told, "name")
        if self.settings.oa_id and id and id != self.settings.oa_id:
            return CheckReport(False, id, (f"The consent is of {name} ({id}), this inbox is {self.settings.oa_id}.",))
        await self._token.keep(fresh)
        return CheckReport(True, id, (f"The access to {name} is stored.",))

    async def check(self) -> CheckReport:
        try:
            return await self._checked()
        except NoConsent as error:
            # What is entered at the app is needed before anybody can agree.
            report = failed_check(error)
            more = (*await asyncio.to_thread(self._lacks), *await asyncio.to_thread(self._hints))
            return dataclasses.replace(report, notes=(*report.notes, *more))
        except ConnectorError as error:
            return failed_check(error)

    async def _checked(self) -> CheckReport:
        told = await self._account.about()
        id = account.oa_id(told)
        notes = [f"The token is of {reading.word(told, 'name')} ({id})."]
        ok = bool(id)
        if self.settings.oa_id and id != self.settings.oa_id:
            ok = False
            notes.append(f"The setting oa_id says {self.settings.oa_id}, the token {id}.")
        notes += account.standing_of(told, None).notes
        if self.settings.calls:
            notes += _centre_notes(await self._phoning.centre())
        lacks = await asyncio.to_thread(self._lacks)
        ok = ok and not lacks and not account.barred(told)
        return CheckReport(ok, id, (*notes, *lacks, *await asyncio.to_thread(self._hints)))

    def _lacks(self) -> list[str]:
        lacks = []
        if not self._app_id:
            lacks.append(
                "The id of the Zalo app is missing: app_id = … here, or [apps.NAME] id = … and app = NAME here."
            )
        if not (self._secret_of("app_secret") or "").strip():
            lacks.append(
                "The app's secret is missing, tokens cannot be renewed: `unibox inbox secret NAME app_secret`."
            )
        if self.settings.ways != "webhook":
            return lacks
        if not can_be_called(self._tools.public_url):
            lacks.append('Zalo posts to https addresses only: set [web] public_url, or ways = "poll".')
        if not (self._secret_of("oa_secret") or "").strip():
            lacks.append("The webhook page's OA secret is missing: `unibox inbox secret NAME oa_secret`.")
        return lacks

    def _hints(self) -> list[str]:
        """What a person enters at the app."""
        hints = []
        if self.settings.ways == "webhook" and self._tools.public_url:
            hints.append(f"The app's webhook address is {self._tools.public_url}.")
        if self.settings.redirect:
            try:
                hints.append(
                    f"At the app: callback {self.settings.redirect}, code challenge {self._grant.challenge()}."
                )
            except Misconfigured as error:
                hints.append(error.message)
        return hints

    async def aclose(self) -> None:
        return None


def _centre_notes(found: Centre | None) -> list[str]:
    if found is None:
        return ["Zalo tells nothing of a call centre: calls need the permission *voice* and a package that has them."]
    agents = ", ".join(f"{name} ({id})" for id, name in found.agents) or "none"
    branches = ", ".join(f"{name} ({id})" for id, name in found.branches) or "none"
    return [f"Mini Call Center: agents {agents}; branches {branches}."]


if TYPE_CHECKING:

    def _claims(
        connector: ZaloConnector,
    ) -> tuple[
        Connector, PullsEvents, ParsesRaw, VerifiesWebhooks, Splits, Reconciles, FetchesMedia, FetchesProfile, Reacts,
        ListsTemplates, TellsQuota, TellsStanding, Consents, Broadcasts, LinksCalls, MirrorsTags,
    ]:  # fmt: skip
        return (connector,) * 16
