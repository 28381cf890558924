"""What Zalo says of the account, of its customers, of what may be sent, and of its templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.contract import Standing, Template
from unibox_tui.connectors.errors import Misconfigured, SendRejected
from unibox_tui.connectors.tokens import RotatingToken
from unibox_tui.connectors.zalo import parse
from unibox_tui.connectors.zalo.calls import VIETNAM_MS, Calls, object_of
from unibox_tui.connectors.zalo.sending import is_customer
from unibox_tui.connectors.zalo.settings import Hosts
from unibox_tui.domain.inbound import Person

CHANNEL = "zalo"
SUBSCRIBED = "sub_quota"
TEMPLATES = 100
MOST_TEMPLATES = 1_000
PACKAGE_MS = 60_000


class Account:
    def __init__(self, calls: Calls, hosts: Hosts, token: RotatingToken, now: Callable[[], int]) -> None:
        self._calls, self._hosts, self._token, self._now = calls, hosts, token, now
        self._known: tuple[int, int | None, int | None] | None = None

    async def about(self) -> Mapping[str, Any]:
        return object_of(await self._calls.get(f"{self._hosts.api}/v2.0/oa/getoa"))

    async def standing(self) -> Standing:
        """The token is renewed in time on the way."""
        await self._token.current()
        told = await self.about()
        left, total = await self._package()
        return standing_of(told, await self._token.until(), left, total)

    async def quota(self, destination: str) -> Mapping[str, Any]:
        if not is_customer(destination):
            return {}
        answer = await self._calls.post(f"{self._hosts.api}/v3.0/oa/quota/message", {"user_id": destination})
        data = object_of(answer)
        found: dict[str, Any] = {}
        last = reading.count(data, "last_interaction")
        if reading.EARLIEST_MS <= last <= reading.LATEST_MS:
            found["last_interaction"] = last
        reply = reading.maybe(data, "cs_reply") or reading.maybe(data, "reply")
        if "remain" in reply and policy.believed(CHANNEL, "remain", self._now()):
            found["free_left"] = reading.count(reply, "remain")
            if "total" in reply:
                found["free_total"] = reading.count(reply, "total")
        left, total = await self._package()
        if left is not None:
            found["quota"] = {SUBSCRIBED: {"left": left, **({} if total is None else {"total": total})}}
        return found

    async def _package(self) -> tuple[int | None, int | None]:
        """(left, of how many) of the consultation messages that the account's package pays for; asked once a minute."""
        if self._known is not None and self._now() - self._known[0] < PACKAGE_MS:
            return self._known[1:]
        left, total = await self._asked_package()
        self._known = (self._now(), left, total)
        return left, total

    async def _asked_package(self) -> tuple[int | None, int | None]:
        asked = {"quota_owner": "OA", "product_type": "cs", "quota_type": SUBSCRIBED}
        try:
            answer = await self._calls.post(f"{self._hosts.api}/v3.0/oa/quota/message", asked)
        except (SendRejected, Misconfigured):
            return None, None  # the package has none
        assets = [one for one in reading.some(answer, "data") if "remain" in one]
        if not assets:
            return None, None
        return sum(reading.count(one, "remain") for one in assets), sum(reading.count(one, "total") for one in assets)

    async def profile(self, address: str) -> Person | None:
        if not is_customer(address):
            return None
        try:
            answer = await self._calls.get(f"{self._hosts.api}/v3.0/oa/user/detail", {"user_id": address})
        except SendRejected:
            return None  # Zalo does not tell of this one
        data = object_of(answer)
        shared = reading.maybe(data, "shared_info")
        told = {key: reading.word(shared, key) for key in ("address", "district", "city")}
        told["alias"] = reading.word(data, "user_alias")
        told["picture"] = reading.word(reading.maybe(data, "avatars"), "240") or reading.word(data, "avatar")
        noted = reading.maybe(data, "tags_and_notes_info")
        tags, notes = (
            tuple(one for one in words if isinstance(one, str)) if isinstance(words := noted.get(key), list) else None
            for key in ("tag_names", "notes")
        )
        told["zalo_tags"], told["zalo_notes"] = ", ".join(tags or ()), ", ".join(notes or ())
        if isinstance(data.get("user_is_follower"), bool):
            told["follows"] = "yes" if data["user_is_follower"] else "no"
        return Person(
            address,
            parse.USER,
            reading.word(shared, "name") or reading.word(data, "display_name"),
            True,
            phone=parse.phone_of(reading.word(shared, "phone")) or None,
            attributes={key: value for key, value in told.items() if value},
            tags=tags,
        )

    # -- templates ------------------------------------------------------------------------------------------------------

    async def templates(self) -> Sequence[Template]:
        found: list[Template] = []
        for offset in range(0, MOST_TEMPLATES, TEMPLATES):
            answer = await self._calls.get(
                f"{self._hosts.business}/template/all", offset=str(offset), limit=str(TEMPLATES)
            )
            listed = reading.some(answer, "data")
            found += [await self._template(one) for one in listed]
            if len(listed) < TEMPLATES:
                break
        return found

    async def _template(self, listed: Mapping[str, Any]) -> Template:
        """Zalo tells a template's blanks and prices, and shows its words on a page only."""
        id = reading.ident(listed, "templateId")
        status = reading.word(listed, "status").lower()
        if status != "enable":
            return Template(id, reading.word(listed, "templateName"), "vi", "", status=status or "unknown")
        answer = await self._calls.get(f"{self._hosts.business}/template/info", template_id=id)
        data = object_of(answer)
        blanks = [reading.word(one, "name") for one in reading.some(data, "listParams")]
        names = tuple(name for name in blanks if name)
        title = reading.word(data, "templateName") or reading.word(listed, "templateName")
        by_phone, by_user = (
            reading.count(data, "price_sdt") or reading.count(data, "price"),
            reading.count(data, "price_uid"),
        )
        extra = {
            "preview": reading.word(data, "previewUrl"),
            "price_sdt": by_phone,
            "price_uid": by_user,
            "quality": reading.word(data, "templateQuality"),
        }
        return Template(
            id,
            title,
            "vi",
            "\n".join([title, *(f"{name}: {{{{{name}}}}}" for name in names)]),
            names,
            price=max(by_phone, by_user),
            currency="VND",
            by=("user", "phone") if by_user else ("phone",),
            extra={key: value for key, value in extra.items() if value},
        )


def oa_id(told: Mapping[str, Any]) -> str:
    return reading.word(told, "oa_id") or reading.word(told, "oaid")


def package_of(told: Mapping[str, Any]) -> str:
    name = reading.word(told, "package_name").strip()
    return name[4:].strip() if name.casefold().startswith("gói ") else name


def barred(told: Mapping[str, Any]) -> bool:
    """Whether the package has no API: what the policy says of those that may not send."""
    low = {name.casefold() for rule in policy.rules(CHANNEL) for name in rule.barred_packages}
    return package_of(told).casefold() in low


def standing_of(
    told: Mapping[str, Any], token_until: int | None, left: int | None = None, total: int | None = None
) -> Standing:
    package, until = package_of(told), _day(reading.word(told, "package_valid_through_date"))
    notes = []
    if package:
        ends = f", until {reading.word(told, 'package_valid_through_date')}" if until else ""
        notes.append(f"Package: {package}{ends}.")
    if barred(told):
        notes.append("This package has no API: messages cannot be answered from here.")
    if left is not None:
        notes.append(f"{left} of {total} consultation messages of the package are left.")
    return Standing(token_until, left, total, package, until, tuple(notes))


def _day(said: str) -> int | None:
    """The end of a day written DD/MM/YYYY, in Vietnam."""
    try:
        day = datetime.strptime(said.strip(), "%d/%m/%Y").replace(tzinfo=UTC) + timedelta(days=1)
    except ValueError:
        return None
    return int(day.timestamp() * 1000) - VIETNAM_MS
