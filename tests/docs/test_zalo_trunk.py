"""The page on Zalo's trunk: its files name nothing that is not there, and its dial plan leads where it says."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.docs import dialplan, pages
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.connectors.voice import numbers
from unibox_tui.connectors.voice.settings import VoiceSettings
from unibox_tui.connectors.zalo.settings import ZaloSettings

PAGE = pages.ROOT / "docs" / "channels" / "zalo-trunk.md"
OA, APP, UID = "388613280878808645", "360846524940903967", "2468458835291979221"
PJSIP, EXTENSIONS, HTTP, ARI = pages.blocks(PAGE, "ini")
PLAN = dialplan.plan(EXTENSIONS)
SECTIONS = dialplan.sections(PJSIP)
INBOXES = tomllib.loads(pages.blocks(PAGE, "toml")[0])["inbox"]


def of(kind: str) -> dict[str, dict[str, str]]:
    return {one.name: dict(one.values) for one in SECTIONS if one.values["type"] == kind}


def made(kind: type[InboxSettings], name: str) -> InboxSettings:
    given = {key: value for key, value in INBOXES[name].items() if key != "channel"}
    return kind(**given)


@pytest.mark.parametrize(
    ("context", "dialled", "ends"),
    [
        ("from-zcc", f"{OA}001", "PJSIP/101&PJSIP/102,25"),
        ("from-zcc", f"{OA}002", "PJSIP/102,25"),
        ("from-zcc", f"{OA}417", "PJSIP/101,25"),
        ("from-desk", "102", "PJSIP/102,25"),
        ("from-desk", "+84900000012", "PJSIP/+84900000012@zcc,40"),
        ("from-desk", "0900000012", "PJSIP/+84900000012@zcc,40"),
        ("from-desk", UID, f"PJSIP/{UID}@zcc,40"),
        ("from-desk", UID[:16], f"PJSIP/{UID[:16]}@zcc,40"),
    ],
)
def test_every_way_ends_in_the_right_dial(context: str, dialled: str, ends: str) -> None:
    found = dialplan.walk(PLAN, context, dialled)
    assert (found.app, found.args) == ("Dial", ends)


def test_a_call_from_zalo_says_what_unibox_reads_and_stays_out_of_the_application() -> None:
    found = dialplan.walk(PLAN, "from-zcc", f"{OA}001")
    assert found.variables == {"UNIBOX_HOTLINE": OA, "UNIBOX_QUEUE": "001"}
    assert dialplan.walk(PLAN, "from-zcc", "999999999999999999001").app == "Hangup"
    assert "Stasis(" not in EXTENSIONS


def test_endpoints_are_whole() -> None:
    endpoints, aors, auths, transports = of("endpoint"), of("aor"), of("auth"), of("transport")
    for name, one in endpoints.items():
        assert one["context"] in PLAN.contexts, name
        assert one["transport"] in transports, name
        assert one["aors"] in aors, name
        assert one["disallow"] == "all", name
        assert one["allow"] == "ulaw,alaw", name
        assert "auth" not in one or one["auth"] in auths, name
    host = f"{APP}.zcc.openapi.zaloapp.com"
    zcc = endpoints["zcc"]
    assert (zcc["context"], zcc["from_user"], zcc["from_domain"]) == ("from-zcc", OA, host)
    assert aors["zcc"]["contact"] == f"sip:{host}:5060"
    assert of("identify")["zcc"] == {"type": "identify", "endpoint": "zcc", "match": host}
    assert PLAN.globals == {"OAID": OA}


def test_whoever_is_dialled_is_an_endpoint() -> None:
    named = set(re.findall(r"PJSIP/(?:[^@&,)]*@)?([\w-]+)", re.sub(r"PJSIP/\$\{EXTEN\},", "", EXTENSIONS)))
    assert named == {"101", "102", "zcc"}
    assert named <= set(of("endpoint"))


def test_the_inboxes_fit_the_exchange() -> None:
    line, shop = made(VoiceSettings, "shop-zcc"), made(ZaloSettings, "shop-zalo")
    assert isinstance(line, VoiceSettings)
    assert isinstance(shop, ZaloSettings)
    endpoints = of("endpoint")
    assert line.trunk == ["PJSIP/zcc"]
    assert line.dial.rpartition("@")[2] in endpoints
    assert {phone.removeprefix("PJSIP/") for phone in line.agents.values()} <= set(endpoints)
    assert (line.carries, shop.oa_id, shop.calls) == ("shop-zalo", OA, True)
    assert INBOXES["shop-zcc"]["group"] == INBOXES["shop-zalo"]["group"]
    dialled = numbers.formed(UID, line.number_form, "VN", ids=bool(line.carries))
    assert line.dial.replace("{number}", dialled) == f"PJSIP/{UID}@zcc"
    assert (
        line.dial.replace("{number}", numbers.formed("0900000012", line.number_form, "VN")) == "PJSIP/+84900000012@zcc"
    )


def test_the_connector_finds_its_user_and_application() -> None:
    line = made(VoiceSettings, "shop-zcc")
    assert isinstance(line, VoiceSettings)
    http = dialplan.sections(HTTP)[0].values
    assert line.api == f"http://{http['bindaddr']}:{http['bindport']}/ari"
    users = {one.name: one.values for one in dialplan.sections(ARI)}
    assert users["general"]["enabled"] == http["enabled"] == "yes"
    assert (users[line.user]["type"], users[line.user]["read_only"]) == ("user", "no")
    assert line.stasis == VoiceSettings(provider="ari").stasis


def test_who_calls_over_the_trunk_is_known_by_their_id() -> None:
    assert numbers.person(UID, "", "VN", "c1", ids=True).address == UID
    assert numbers.person(UID, "", "VN", "c1").kind == "withheld"
    assert numbers.person("+84900000012", "", "VN", "c1", ids=True).kind == "phone"


@pytest.mark.parametrize("wrong", ["exten => _X.,1,Nonsense", "same => n,Dial(PJSIP/1)"])
def test_a_line_that_is_no_step_would_be_seen(wrong: str) -> None:
    with pytest.raises(AssertionError):
        dialplan.plan(f"[a]\n{wrong}")
    with pytest.raises(AssertionError, match="no extension"):
        dialplan.walk(PLAN, "from-desk", "*97")
