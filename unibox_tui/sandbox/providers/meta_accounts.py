"""Who may do what at the simulated Meta: the app, its Pages and accounts, tokens, and the ids of one person."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.sandbox.providers.base import Call, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Wrong


@dataclass
class Endpoint:
    """A Page, or an Instagram account (`page` is then the Page it is linked to, empty for its own login)."""

    id: str
    title: str
    token: str
    instagram: bool = False
    page: str = ""
    subscribed: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ("MESSAGING", "MODERATE")  # of the person whose token lists it
    restricted: bool = False
    talks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # guest id -> messages, oldest first
    last_said: dict[str, int] = field(default_factory=dict)  # guest id -> when the guest last acted


class MetaAccounts(Simulator):
    """One app and its endpoints, added with `page` and `instagram`; their ids are theirs at Meta."""

    def __init__(self, *, app_id: str = "424200", app_secret: str = "", **more: Any) -> None:
        self.app_id = app_id
        self.app_secret = app_secret or secrets.token_hex(16)
        self.user_token = "EAAuser" + secrets.token_hex(8)
        self.code = "code-" + secrets.token_hex(4)
        self.endpoints: dict[str, Endpoint] = {}
        self.known_as: dict[str, dict[str, str]] = {}  # a person's id for the app -> Page -> their id there
        super().__init__(**more)

    def page(self, id: str, title: str) -> Endpoint:
        return self._add(Endpoint(id, title, f"EAApage{id}{secrets.token_hex(6)}"))

    def instagram(self, id: str, title: str, *, page: str = "") -> Endpoint:
        token = self.endpoints[page].token if page else f"IGAA{id}{secrets.token_hex(6)}"
        return self._add(Endpoint(id, title, token, instagram=True, page=page))

    def _add(self, endpoint: Endpoint) -> Endpoint:
        self.endpoints[endpoint.id] = endpoint
        self.received.hide(endpoint.token, self.app_secret, self.user_token)
        return endpoint

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [
            ("GET", "/oauth/access_token", self._exchange),
            ("POST", "/oauth/access_token", self._own_exchange),
            ("GET", "/access_token", self._own_longer),
            ("GET", "/refresh_access_token", self._own_renewed),
            ("GET", "/debug_token", self._debug),
            ("GET", "/me/accounts", self._accounts),
            ("GET", "/{id}/ids_for_pages", self._ids_for_pages),
        ]

    def wrong(self, error: Wrong) -> Reply:
        code, sub, status = {
            "token": (190, 463, 401),
            "window": (10, 2018278, 400),
            "tag": (10, 2018065, 400),
            "restricted": (10, 1893063, 400),
            "person": (551, 1545041, 400),
            "nobody": (100, 2018001, 400),
            "permission": (200, 0, 403),
            "rate": (613, 0, 400),
            "refused": (2, 0, 500),
        }.get(error.kind, (100, 0, 400))
        body = {
            "message": f"({code}) {error.where} {error.why}", "type": "OAuthException", "code": code,
            "fbtrace_id": "A" + secrets.token_hex(4), **({"error_subcode": sub} if sub else {}),
        }  # fmt: skip
        headers = {}
        if error.kind == "rate":
            minutes = max(1, round((error.retry_after or 60) / 60))
            usage = {"1": [{"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": minutes}]}
            headers["X-Business-Use-Case-Usage"] = json.dumps(usage)
        return Reply.json({"error": body}, status, headers)

    def _by_token(self, call: Call) -> Endpoint:
        """Whose token it is; the address names it too, or says `me`."""
        token = self.bearer(call, [endpoint.token for endpoint in self.endpoints.values()])
        self._proof(call, token)
        named = call.args.get("id", "me")
        of_token = [one for one in self.endpoints.values() if secrets.compare_digest(one.token, token)]
        if named == "me":
            return of_token[0]
        linked = [one for one in of_token if named in (one.id, one.page)]
        if not linked:
            raise Wrong("permission", why="the token is of another endpoint")
        return linked[0]

    def _proof(self, call: Call, token: str) -> None:
        given = call.arg("appsecret_proof")
        if given:
            right = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
            if not secrets.compare_digest(given, right):
                raise Wrong("value", "appsecret_proof", "Invalid appsecret_proof provided in the API argument")

    async def _ids_for_pages(self, call: Call) -> dict[str, Any]:
        token = f"{self.app_id}|{self.app_secret}"
        self.bearer(call, [token])
        if not call.arg("appsecret_proof"):
            raise Wrong("missing", "appsecret_proof", "is required")
        self._proof(call, token)
        if call.args["id"] not in self.known_as:
            raise Wrong("nobody", why="Unsupported get request. Object does not exist")
        pages = list(self.known_as[call.args["id"]].items())
        start, limit = int(call.arg("after") or 0), int(call.arg("limit", "25"))
        some = pages[start : start + limit]
        data = [{"id": id, "page": {"id": page, "name": self.endpoints[page].title}} for page, id in some]
        after = start + len(some)
        more = {"next": f"{self.base_url}{call.path}?after={after}"} if after < len(pages) else {}
        return {"data": data, "paging": {"cursors": {"after": str(after)}, **more}}

    # -- tokens -----------------------------------------------------------------------------------------------------------

    async def _exchange(self, call: Call) -> dict[str, Any]:
        if call.arg("client_id") != self.app_id or call.arg("client_secret") != self.app_secret:
            raise Wrong("value", "client_secret", "Error validating client secret.")
        given = call.arg("fb_exchange_token") if call.arg("grant_type") == "fb_exchange_token" else call.arg("code")
        if given not in (self.user_token, self.code):
            raise Wrong("token", why="the code or token is not valid")
        return {"access_token": self.user_token, "token_type": "bearer", "expires_in": 5_184_000}

    async def _own_exchange(self, call: Call) -> dict[str, Any]:
        form = call.form()
        if form.get("code") != self.code or form.get("client_secret") != self.app_secret:
            raise Wrong("value", "code", "Invalid authorization code")
        return {"access_token": "IGshort", "user_id": self._own().id}

    async def _own_longer(self, call: Call) -> dict[str, Any]:
        if call.arg("access_token") != "IGshort" or call.arg("client_secret") != self.app_secret:
            raise Wrong("token")
        return {"access_token": self._own().token, "token_type": "bearer", "expires_in": 5_184_000}

    async def _own_renewed(self, call: Call) -> dict[str, Any]:
        endpoint = self._own()
        if call.arg("access_token") != endpoint.token:
            raise Wrong("token")
        endpoint.token = f"IGAA{endpoint.id}{secrets.token_hex(6)}"
        self.received.hide(endpoint.token)
        return {"access_token": endpoint.token, "token_type": "bearer", "expires_in": 5_184_000}

    def _own(self) -> Endpoint:
        found = next((one for one in self.endpoints.values() if one.instagram and not one.page), None)
        if found is None:
            raise Wrong("not_found", why="no account with Instagram's own login")
        return found

    async def _debug(self, call: Call) -> dict[str, Any]:
        self.bearer(call, [f"{self.app_id}|{self.app_secret}"])
        given = call.arg("input_token")
        known = any(given == endpoint.token for endpoint in self.endpoints.values())
        scopes = [
            "pages_show_list", "pages_messaging", "pages_manage_metadata", "pages_read_engagement",
            "instagram_basic", "instagram_manage_messages",
        ]  # fmt: skip
        return {"data": {"is_valid": known, "expires_at": 0, "scopes": scopes if known else []}}

    async def _accounts(self, call: Call) -> dict[str, Any]:
        self.bearer(call, [self.user_token])
        pages = [one for one in self.endpoints.values() if not one.instagram]
        start, limit = int(call.arg("after") or 0), int(call.arg("limit", "25"))
        data = []
        for page in pages[start : start + limit]:
            linked = next((one for one in self.endpoints.values() if one.page == page.id), None)
            account = {"instagram_business_account": {"id": linked.id, "username": linked.title}} if linked else {}
            data.append(
                {
                    "id": page.id,
                    "name": page.title,
                    "access_token": page.token,
                    "tasks": list(page.tasks),
                    **account,
                }
            )
        after = start + len(data)
        more = {"next": f"{self.base_url}/me/accounts?after={after}"} if after < len(pages) else {}
        return {"data": data, "paging": {"cursors": {"after": str(after)}, **more}}
