"""Consent in a browser, and the Pages and accounts that a person's token can see."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import SecretOf
from unibox_tui.connectors.errors import CredentialsRejected, Misconfigured
from unibox_tui.connectors.meta.graph import Graph, following

DIALOG = "https://www.facebook.com/v25.0/dialog/oauth"
PAGE = 100


class Person:
    """Somebody who has a role on the Pages, by the app's eyes."""

    def __init__(self, graph: Graph, app_id: str, secret_of: SecretOf, redirect: str) -> None:
        self._graph, self._app_id, self._secret_of, self._redirect = graph, app_id, secret_of, redirect

    def link(self, scopes: Sequence[str], state: str) -> str:
        if not self._app_id:
            raise Misconfigured("The id of the Meta app is missing.", hint="[apps.NAME] id = …")
        query = {
            "client_id": self._app_id, "redirect_uri": self._redirect, "state": state,
            "scope": ",".join(scopes), "response_type": "code",
        }  # fmt: skip
        return f"{DIALOG}?{urlencode(query)}"

    async def token_for(self, code: str) -> str:
        """A long-lived token for what the dialog gave."""
        data = await self._graph.get(
            "oauth/access_token",
            {**await self._app(), "redirect_uri": self._redirect, "code": code},
            token="",
        )
        return await self.longer(_token(data))

    async def longer(self, token: str) -> str:
        """A short-lived token lasts an hour, its long-lived kind about sixty days, and Page tokens made from that for good."""
        data = await self._graph.get(
            "oauth/access_token",
            {**await self._app(), "grant_type": "fb_exchange_token", "fb_exchange_token": token},
            token="",
        )
        return _token(data)

    async def pages(self, token: str) -> list[Mapping[str, Any]]:
        """Each with id, name, access_token, tasks, and its Instagram account where it has one."""
        found: list[Mapping[str, Any]] = []
        after = ""
        while True:
            params = {
                "fields": "id,name,access_token,tasks,instagram_business_account{id,username}",
                "limit": str(PAGE),
                **({"after": after} if after else {}),
            }
            data = await self._graph.get("me/accounts", params, token=token)
            data = data if isinstance(data, dict) else {}
            found += reading.some(data, "data")
            if not (after := following(data)):
                return found

    async def _app(self) -> dict[str, str]:
        secret = ((await asyncio.to_thread(self._secret_of, "app_secret")) or "").strip()
        if not self._app_id or not secret:
            raise Misconfigured(
                "The Meta app's id or secret is missing.",
                hint="[apps.NAME] id = …; `unibox inbox secret NAME app_secret` stores the secret.",
            )
        return {"client_id": self._app_id, "client_secret": secret}


def may_message(page: Mapping[str, Any]) -> bool:
    """Whether the person's role on the Page is enough to read and answer. Pages that name no tasks are believed."""
    tasks = page.get("tasks")
    return not isinstance(tasks, list) or bool({"MESSAGING", "MODERATE"} & {str(task) for task in tasks})


def _token(data: Any) -> str:
    token = reading.word(data, "access_token") if isinstance(data, dict) else ""
    if not token:
        raise CredentialsRejected("Meta gave no token.", hint="Ask for a new link and agree again.")
    return token
