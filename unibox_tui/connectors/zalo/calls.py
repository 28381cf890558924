"""One call to Zalo, and what its answers mean. Failures come with HTTP 200 and a number in the body."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import Answer, Http, Paced, SecretOf
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
    Unparseable,
)
from unibox_tui.connectors.pace import retry_after
from unibox_tui.connectors.tokens import RotatingToken

TOKEN = frozenset({-216, -220, 216, 401, -401})
FAILED, EXPIRED_FILE = "-200", "-100"
RATE = -32
SLOWER_S = 15.0  # Zalo counts by the minute and names no time
MEDIA_S = 60.0
QUOTA_S = 3_600.0
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
VIETNAM_MS = 7 * HOUR_MS

CONFIGURATION: dict[int, tuple[str, str]] = {
    -204: ("Zalo has switched this Official Account off.", "Look into oa.zalo.me."),
    -205: ("Zalo has switched this Official Account off.", "Look into oa.zalo.me."),
    -219: ("Zalo has switched the app off.", "Look into developers.zalo.me."),
    -209: ("The Zalo app is not active.", "Activate it in developers.zalo.me."),
    -212: ("The app is not registered for this part of Zalo's API.", "Register the product in developers.zalo.me."),
    -221: ("Zalo has not verified this Official Account.", "Verify it in oa.zalo.me."),
    -223: ("The Official Account has not granted this to the app.", "`unibox inbox reconnect` asks for consent again."),
    -224: ("The Official Account's package does not have this.", "Buy Tăng trưởng or Toàn diện in oa.zalo.me."),
    -242: ("Zalo does not take the proof of the app's secret.", "`unibox inbox secret NAME app_secret`."),
    -320: ("No Zalo Cloud Account pays for this.", "Link one in developers.zalo.me."),
    -321: ("The Zalo Cloud Account has no money left.", "Top it up in account.zalo.cloud."),
    -14002: ("The Zalo app is not active.", "Activate it in developers.zalo.me."),
    -14003: ("The callback address is another than the one at the app.", "Make the setting `redirect` the same."),
}
_REJECTED: dict[int, str] = {
    -201: "Zalo does not take a part of this message.",
    -210: "A part of this message is larger than Zalo takes.",
    -213: "The customer does not follow the Official Account.",
    -217: "The customer has blocked the Official Account.",
    -227: "The customer's Zalo account is locked, or was not used for 45 days.",
    -230: "The customer has not been in touch for 7 days: only a template may be sent.",
    -232: "The customer has not been in touch: only a template may be sent.",
    -233: "Zalo does not take this kind of message here.",
    -235: "Zalo does not take this kind of message from this kind of account.",
    -238: "What was to pay for this message is used up.",
    -240: "Zalo has closed this way of sending.",
    -241: "What was to pay for this message is used up.",
    -244: "The customer has restricted this kind of message.",
    -248: "Zalo holds that this message breaks its rules.",
    -249: "This template cannot be sent to a Zalo user: send it to the telephone number.",
}
_LATER: dict[int, str] = {
    -211: "The Official Account's quota is used up for now.",
    -218: "The customer gets no more from this Official Account for now.",
}


class Calls:
    """`leaving` marks a call that may make a message (see `Http.request`)."""

    def __init__(
        self,
        http: Http,
        token: RotatingToken,
        secret_of: SecretOf,
        pace: Paced,
        now: Callable[[], int],
        *,
        mend: str,
        proof: bool,
    ) -> None:
        self._http, self._token, self._secret_of = http, token, secret_of
        self._pace, self._now = pace, now
        self._mend, self._proof = mend, proof

    async def get(self, url: str, data: Mapping[str, Any] | None = None, **params: str) -> Mapping[str, Any]:
        """`data` as Zalo wants it: JSON in one parameter."""
        query = {"data": json.dumps(data, separators=(",", ":"))} if data is not None else params
        return await self._ask("GET", url, params=query)

    async def post(
        self, url: str, body: Mapping[str, Any], *, leaving: Callable[[], Awaitable[None]] | None = None
    ) -> Mapping[str, Any]:
        return await self._ask("POST", url, json=body, leaving=leaving)

    async def upload(self, url: str, name: str, content: bytes, media_type: str) -> Mapping[str, Any]:
        return await self._ask("POST", url, files={"file": (name, content, media_type)}, timeout_s=MEDIA_S)

    async def _ask(self, method: str, url: str, **what: Any) -> Mapping[str, Any]:
        """The whole answer; its `error` is 0. A token that has died meanwhile is renewed once."""
        token = await self._token.current()
        answer = await self._once(method, url, token, **what)
        if _number(answer) in TOKEN:
            token = await self._token.after_refusal(token)
            answer = await self._once(method, url, token, **what)
        number = _number(answer)
        if number:
            raise self.refusal(number)
        return answer

    async def numbered(
        self, method: str, url: str, data: Mapping[str, Any], among: Container[int],
        leaving: Callable[[], Awaitable[None]] | None = None,
    ) -> tuple[int, Mapping[str, Any]]:  # fmt: skip
        """Of a call whose `error` is its answer: the number, when it is one of those, and the whole answer."""
        what: dict[str, Any] = {"json": dict(data)}
        if method == "GET":
            what = {"params": {"data": json.dumps(data, separators=(",", ":"))}}
        token = await self._token.current()
        answer = await self._once(method, url, token, leaving=leaving, **what)
        if (number := _number(answer)) in TOKEN:
            token = await self._token.after_refusal(token)
            answer = await self._once(method, url, token, leaving=leaving, **what)
            number = _number(answer)
        if number not in among:
            raise self.refusal(number)
        return number, answer

    async def with_token(self, url: str, token: str) -> Mapping[str, Any]:
        """With a token that is not the inbox's yet."""
        answer = await self._once("GET", url, token)
        if number := _number(answer):
            raise self.refusal(number)
        return answer

    async def _once(
        self, method: str, url: str, token: str, *, leaving: Callable[[], Awaitable[None]] | None = None, **what: Any
    ) -> Mapping[str, Any]:
        await self._pace.turn()
        headers = {"access_token": token}
        if self._proof:
            secret = (self._secret_of("app_secret") or "").strip()
            headers["appsecret_proof"] = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        answer = await self._http.request(method, url, headers=headers, before_first_byte=leaving, **what)
        data = read(answer, makes=leaving is not None)
        if answer.status == 429 or _number(data) == RATE:
            wait = retry_after(answer.headers, SLOWER_S)
            self._pace.hold(wait)
            raise RateLimited("Zalo wants fewer requests.", code=str(RATE), retry_after=wait)
        return data

    def refusal(self, number: int) -> ConnectorError:
        code = str(number)
        if number in TOKEN:
            return CredentialsRejected("Zalo does not take the access token.", code=code, hint=self._mend)
        if number in CONFIGURATION:
            message, hint = CONFIGURATION[number]
            return Misconfigured(message, code=code, hint=hint)
        if number in _LATER:
            return Transient(_LATER[number], code=code, retry_after=QUOTA_S)
        if number == -234:
            wait = self._until_six()
            return Transient("Zalo takes no promotion between 22:00 and 6:00.", code=code, retry_after=wait)
        if code == FAILED:
            return OutcomeUnknown("Zalo says that it could not send the message.", code=code)
        if code == EXPIRED_FILE:
            return SendRejected("Zalo does not have the uploaded file any more.", code=code)
        return SendRejected(_REJECTED.get(number, f"Zalo refuses this (error {number})."), code=code)

    def _until_six(self) -> float:
        """Seconds until six in the morning in Vietnam."""
        local = (self._now() + VIETNAM_MS) % DAY_MS
        return ((6 * HOUR_MS - local) % DAY_MS) / 1000


def read(answer: Answer, *, makes: bool = False) -> Mapping[str, Any]:
    """The object of an answer. What cannot be read of a call that `makes` a message leaves its outcome unknown."""
    if answer.status >= 500:
        said = "Zalo has an error of its own."
        raise _unknown(answer) if makes else Transient(said, code=str(answer.status))
    try:
        data = answer.json()
    except Unparseable:
        data = None
    if isinstance(data, dict) and ("error" in data or answer.status == 429):
        return data
    if answer.status == 429:
        return {"error": RATE}
    if answer.status == 401:
        return {"error": -216}
    if makes and answer.status < 400:
        raise _unknown(answer)
    if answer.status >= 400:
        if makes:
            raise SendRejected(f"Zalo refuses this (HTTP {answer.status}).", code=str(answer.status))
        raise Unparseable(f"Zalo refuses this (HTTP {answer.status}).", code=str(answer.status))
    raise Transient("Zalo gave an answer that cannot be read.", code=str(answer.status))


def _unknown(answer: Answer) -> OutcomeUnknown:
    return OutcomeUnknown("Zalo was sent the message, and does not say what became of it.", code=str(answer.status))


def _number(data: Mapping[str, Any]) -> int:
    """The `error` of an answer, as a number or as its digits; another value is some error."""
    found = data.get("error")
    if isinstance(found, bool):
        return -201
    if isinstance(found, int):
        return found
    digits = reading.word(data, "error")
    try:
        return int(digits)
    except ValueError:
        return -201


def object_of(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The `data` of an answer; empty when there is none."""
    return reading.maybe(answer, "data")
