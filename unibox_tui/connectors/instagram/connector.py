"""An Instagram professional account as an inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.addresses import can_be_called
from unibox_tui.connectors.contract import (
    CheckReport,
    Connector,
    Consents,
    Discovered,
    Discovers,
    FetchesMedia,
    FetchesProfile,
    Handshakes,
    MarksRead,
    ParsesRaw,
    PullsEvents,
    Reacts,
    Reconciles,
    SecretOf,
    SendFile,
    ShowsTyping,
    Splits,
    Standing,
    SubscribesWebhooks,
    TellsStanding,
    Tools,
    VerifiesWebhooks,
)
from unibox_tui.connectors.deletions import TakesDeletions
from unibox_tui.connectors.errors import CredentialsRejected, Misconfigured, SendRejected, Transient
from unibox_tui.connectors.instagram.settings import InstagramSettings
from unibox_tui.connectors.meta import parse
from unibox_tui.connectors.meta.history import Where
from unibox_tui.connectors.meta.pages import PageEndpoint, of_page
from unibox_tui.connectors.tokens import Fresh, RotatingToken
from unibox_tui.domain.inbound import Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.saying import say

PAGE_SCOPES = ("instagram_basic", "instagram_manage_messages", "pages_manage_metadata", "pages_show_list")
OWN_SCOPES = ("instagram_business_basic", "instagram_business_manage_messages")
OWN_FIELDS = ("messages", "messaging_postbacks", "messaging_seen", "message_reactions", "messaging_referral", "standby")
OWN_DIALOG = "https://www.instagram.com/oauth/authorize"
OWN_TOKEN = "https://api.instagram.com/oauth/access_token"  # noqa: S105  an address
DAY = 86_400_000
EARLY_MS = 10 * DAY
LIKE = "like_heart"
HEART = "❤️"  # the one reaction that may be given
_KINDS = ("image", "video", "audio")


class InstagramConnector(PageEndpoint):
    channel = "instagram"
    kind = "igsid"
    stored = "The linked Page's token is stored."
    no_role = "The person who agreed has no Page that is linked to this account."
    settings: InstagramSettings

    def __init__(self, name: str, settings: InstagramSettings, secret_of: SecretOf, tools: Tools) -> None:
        self._own = settings.login == "instagram"
        super().__init__(name, settings, secret_of, tools)
        self.by_page = not self._own
        self.fields = OWN_FIELDS if self._own else self.fields
        self.scopes = OWN_SCOPES if self._own else PAGE_SCOPES
        # A long-lived token of Instagram's own login is renewed with itself, once it is a day old.
        self._rotating = RotatingToken(
            tools, secret_of, self._renewed, early_ms=EARLY_MS, mend=self.mend, access="none", refresh="access_token"
        )

    def _host(self) -> str:
        return self.settings.OWN_API if self._own else super()._host()

    def _where(self) -> Where:
        if self._own:
            return Where("me", "", self.settings.ig_id)
        return Where(self.settings.page_id, "instagram", self.settings.ig_id)

    def _outbox(self) -> str:
        return "me" if self._own else self.settings.page_id

    async def _token(self) -> str:
        return await self._rotating.current() if self._own else await super()._token()

    async def _renewed(self, token: str) -> Fresh:
        params = {"grant_type": "ig_refresh_token", "access_token": token}
        now = self._tools.now()
        try:
            data = await self._reading.get("refresh_access_token", params, token="")
        except Misconfigured:
            # Younger than a day: good, and asked about again tomorrow.
            return Fresh(token, token, now + EARLY_MS + DAY)
        fresh = reading.word(data, "access_token") if isinstance(data, dict) else ""
        seconds = reading.count(data, "expires_in") if isinstance(data, dict) else 0
        if not fresh or not seconds:
            raise Transient("Instagram gave no new token.")
        return Fresh(fresh, fresh, now + seconds * 1000)

    def capabilities(self) -> Capabilities:
        able = super().capabilities()
        return replace(able, extra={**able.extra, "reactions": [HEART]})

    # -- sending ----------------------------------------------------------------------------------------------------------

    async def _file(self, file: SendFile) -> dict[str, Any]:
        """Instagram fetches what we send."""
        kind = file.media_type.partition("/")[0]
        if kind not in _KINDS:
            raise SendRejected("Instagram takes pictures, videos and sound only.")
        limit = policy.limits("instagram").files.get(f"{kind}/*", 0)
        if file.size > limit:
            raise SendRejected(say("Instagram takes this kind of file up to {limit} MB.", limit=limit // 1_000_000))
        return {"attachment": {"type": kind, "payload": {"url": self._tools.publish(file)}}}

    def _sticker(self, id: str) -> dict[str, Any]:
        if id != LIKE:
            raise SendRejected(say("Instagram has one sticker for us: {id}.", id=LIKE), code="sticker")
        return {"attachment": {"type": LIKE}}

    async def react(self, destination: str, provider_id: str, emoji: str) -> None:
        action, payload = ("react", {"message_id": provider_id, "reaction": "love"})
        if not emoji:
            action, payload = "unreact", {"message_id": provider_id}
        await self._signal(destination, action, payload=payload)

    async def profile(self, address: str) -> Person | None:
        try:
            data = await self._reading.get(address, {"fields": "name,username,profile_pic,is_user_follow_business"})
        except Misconfigured:
            return None
        if not isinstance(data, dict):
            return None
        told = {key: reading.word(data, key) for key in ("username", "profile_pic") if reading.word(data, key)}
        attributes = {"picture" if key == "profile_pic" else key: value for key, value in told.items()}
        if isinstance(data.get("is_user_follow_business"), bool):
            attributes["follows"] = "yes" if data["is_user_follow_business"] else "no"
        name = reading.word(data, "name") or reading.word(data, "username")
        return parse.person(address, self._side, name, attributes=attributes)

    # -- consent, discovery, standing -------------------------------------------------------------------------------------

    def consent_url(self, state: str) -> str:
        if not self._own:
            return super().consent_url(state)
        if not self._app_id:
            raise Misconfigured("The id of the Instagram app is missing.", hint="[apps.NAME] id = …")
        query = {
            "client_id": self._app_id, "redirect_uri": self.settings.redirect, "response_type": "code",
            "scope": ",".join(OWN_SCOPES), "state": state,
        }  # fmt: skip
        return f"{OWN_DIALOG}?{urlencode(query)}"

    async def take_code(self, code: str, state: str) -> CheckReport:
        return await (self._take_own(code.removesuffix("#_")) if self._own else super().take_code(code, state))

    async def _take_own(self, code: str) -> CheckReport:
        secret = ((await asyncio.to_thread(self._secret_of, "app_secret")) or "").strip()
        form = {
            "client_id": self._app_id, "client_secret": secret, "grant_type": "authorization_code",
            "redirect_uri": self.settings.redirect, "code": code,
        }  # fmt: skip
        host = OWN_TOKEN if not self.settings.api else f"{self.settings.api.rstrip('/')}/oauth/access_token"
        answer = await self._tools.http.request("POST", host, form=form)
        data = answer.json()
        short = reading.word(data, "access_token") if isinstance(data, dict) else ""
        if answer.status != 200 or not short:
            raise CredentialsRejected("Instagram does not take the code.", hint=self.mend)
        long = await self._reading.get(
            "access_token",
            {"grant_type": "ig_exchange_token", "client_secret": secret, "access_token": short},
            token="",
        )
        token = reading.word(long, "access_token") if isinstance(long, dict) else ""
        if not token:
            raise CredentialsRejected("Instagram gave no long-lived token.", hint=self.mend)
        until = self._tools.now() + reading.count(long, "expires_in") * 1000
        await self._rotating.keep(Fresh(token, token, until))
        return CheckReport(True, self.settings.ig_id, ("The account's token is stored.",))

    def _found(self, page: Mapping[str, Any]) -> Discovered | None:
        account = reading.maybe(page, "instagram_business_account")
        if not (id := reading.word(account, "id")):
            return None
        title = reading.word(account, "username") or reading.word(page, "name")
        return of_page(page, id, title, {"ig_id": id, "page_id": reading.word(page, "id")}, "the linked Page")

    async def standing(self) -> Standing:
        if not self._own:
            return await super().standing()
        await self._rotating.current()
        return Standing(token_expires_at=await self._rotating.until())

    async def _checked(self) -> CheckReport:
        fields = "user_id,username" if self._own else "instagram_business_account{id,username}"
        data = await self._reading.get("me" if self._own else self.settings.page_id or "me", {"fields": fields})
        data = data if isinstance(data, dict) else {}
        account = data if self._own else reading.maybe(data, "instagram_business_account")
        id = reading.word(account, "user_id") or reading.word(account, "id")
        if not id:
            return CheckReport(False, notes=("No professional account is linked to this Page.",))
        notes = [f"The token is of @{reading.word(account, 'username')}.", *(await self.standing()).notes]
        fits = not self.settings.ig_id or id == self.settings.ig_id
        if not fits:
            notes.append(f"The setting ig_id says {self.settings.ig_id}, the token {id}.")
        if not can_be_called(self._tools.public_url):
            notes.append("Pictures cannot be sent without [web] public_url: Instagram fetches them from us.")
        return CheckReport(fits, id, tuple(notes))


if TYPE_CHECKING:

    def _claims(
        connector: InstagramConnector,
    ) -> tuple[
        Connector, PullsEvents, ParsesRaw, VerifiesWebhooks, Handshakes, Splits, Reconciles, FetchesMedia, FetchesProfile,
        ShowsTyping, MarksRead, Reacts, TellsStanding, SubscribesWebhooks, Consents, Discovers, TakesDeletions,
    ]:  # fmt: skip
        return (connector,) * 17
