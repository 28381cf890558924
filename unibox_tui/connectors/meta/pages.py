"""Endpoints whose token is a Page's: a person agrees in a browser, or hands over a token, and we find what it can see."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.addresses import can_be_called
from unibox_tui.connectors.contract import CheckReport, Discovered, failed_check
from unibox_tui.connectors.errors import ConnectorError, CredentialsRejected
from unibox_tui.connectors.meta import consent
from unibox_tui.connectors.meta.endpoint import MetaEndpoint

# A subscription takes the place of the one before, so whoever subscribes a Page does it for all that is linked to it.
FIELDS = (
    "messages", "messaging_postbacks", "message_echoes", "message_deliveries", "message_reads", "message_reactions",
    "message_edits", "messaging_referrals", "messaging_optins", "standby",
)  # fmt: skip


class PageEndpoint(MetaEndpoint):
    """Subclasses say what of a Page is theirs (`_found`), how it is checked, and what is said of it."""

    fields: Sequence[str] = FIELDS
    stored = ""  # of a token that was taken
    no_role = ""  # of somebody who agreed and sees nothing of ours

    def _found(self, page: Mapping[str, Any]) -> Discovered | None:
        """The endpoint that comes with this Page; None when none does."""
        raise NotImplementedError

    async def _checked(self) -> CheckReport:
        """Whether the token is good and of this endpoint. Raises errors of the tree."""
        raise NotImplementedError

    @property
    def _person(self) -> consent.Person:
        return consent.Person(self._reading, self._app_id, self._secret_of, self.settings.redirect)

    def consent_url(self, state: str) -> str:
        return self._person.link(self.scopes, state)

    async def take_code(self, code: str, state: str) -> CheckReport:
        for found in await self._all(await self._person.token_for(code)):
            if found.address != self.settings.address:
                continue
            if found.problem:
                return CheckReport(False, notes=(f"Of this person {found.problem}.",))
            await asyncio.to_thread(self._tools.keep_secret, "access_token", found.secrets["access_token"])
            return CheckReport(True, found.address, (self.stored,))
        return CheckReport(False, notes=(self.no_role,))

    async def discover(self) -> Sequence[Discovered]:
        given = ((await asyncio.to_thread(self._secret_of, "user_token")) or "").strip()
        if not given:
            raise CredentialsRejected(
                "There is no token of a person.",
                hint="--secret-stdin with user_token=…, from Meta's Graph API Explorer.",
            )
        return await self._all(await self._person.longer(given))

    async def _all(self, token: str) -> list[Discovered]:
        found = (self._found(page) for page in await self._person.pages(token))
        return [one for one in found if one is not None]

    async def check(self) -> CheckReport:
        try:
            report = await self._checked()
        except ConnectorError as error:
            return failed_check(error)
        lacks = await self._lacks() if self.settings.ways == "webhook" else ()
        return replace(report, ok=report.ok and not lacks, notes=(*report.notes, *lacks))

    async def _lacks(self) -> list[str]:
        """What a webhook needs and is not there."""
        lacks = []
        if not can_be_called(self._tools.public_url):
            lacks.append('Meta posts to https addresses only: set [web] public_url, or ways = "poll".')
        if not (await asyncio.to_thread(self._secret_of, "app_secret") or "").strip():
            lacks.append("The app's secret is missing: `unibox inbox secret NAME app_secret`.")
        if not (await asyncio.to_thread(self._secret_of, "verify_token") or "").strip():
            lacks.append("The verify token is missing: `unibox inbox secret NAME verify_token`, any word of yours.")
        return lacks


def of_page(page: Mapping[str, Any], address: str, title: str, settings: Mapping[str, str], whose: str) -> Discovered:
    """An endpoint written to with the Page's token; `whose` names the Page in what is said of a role too small."""
    return Discovered(
        address,
        title,
        settings,
        {"access_token": reading.word(page, "access_token")},
        "" if consent.may_message(page) else f"the role on {whose} does not allow messages",
    )
