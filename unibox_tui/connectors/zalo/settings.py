"""What an inbox of a Zalo Official Account is told."""

from __future__ import annotations

from dataclasses import dataclass

from unibox_tui.connectors.settings import InboxSettings, setting

API = "https://openapi.zalo.me"
BUSINESS = "https://business.openapi.zalo.me"
OAUTH = "https://oauth.zaloapp.com"


@dataclass(frozen=True, kw_only=True)
class ZaloSettings(InboxSettings):
    SECRETS = ("access_token", "refresh_token")
    APP_SECRETS = ("app_secret", "oa_secret", "code_verifier")

    channel: str = setting("the kind of network", default="zalo")
    oa_id: str = setting("the Official Account's id", default="", example="388613280878808645", ask=True)
    app: str = setting("the Zalo app: [apps.NAME], whose webhook all its OAs share", default="", example="shop-a-app")
    app_id: str = setting("the Zalo app's id, where there is no [apps.NAME]", default="", example="360846524940903967")
    ways: str = setting(
        "how messages come: webhook needs [web] public_url; poll asks Zalo every quarter of a minute",
        default="webhook",
        choices=("webhook", "poll"),
    )
    history_days: int = setting("days of earlier messages to take in once; 0: none", default=30)
    redirect: str = setting("where Zalo sends the browser after consent; exactly as entered at the app", default="")
    appsecret_proof: bool = setting("prove the app's secret with every call, if the app demands it", default=False)
    form_title: str = setting(
        "first line of the form that asks for name, number and address", default="Thông tin giao hàng"
    )
    form_text: str = setting("the line below it", default="Anh/chị bấm vào đây để gửi tên, số điện thoại và địa chỉ ạ.")
    form_image: str = setting(
        "https address of its picture, which Zalo demands; empty: no form",
        default="",
        example="https://your-shop.example/form.png",
    )
    group_chatter_unread: bool = setting(
        "every message of a group is unread, not only those that mention us", default=False
    )
    calls: bool = setting(
        "the app has the permission voice: offer calls by Zalo, ask for consent to them", default=False
    )
    call_type: str = setting("kind of calls by Zalo", default="audio", choices=("audio", "video", "audio_and_video"))
    call_agents: dict[str, str] = setting(  # noqa: RUF009
        "account of an agent -> their id in Zalo's Mini Call Center, as `unibox inbox check` lists them",
        default={},
        example={"linh": "1001"},
    )
    call_branch: str = setting("branch of the Mini Call Center that links for customers ring", default="")
    tags: str = setting(
        "labels of customers and Zalo's tags: no, in (Zalo's come here), both (ours go there too)",
        default="in",
        choices=("no", "in", "both"),
    )
    api: str = setting("address of the OA API; empty: the app's, or the usual one", default="")

    @property
    def address(self) -> str:
        return self.oa_id


@dataclass(frozen=True, slots=True)
class Hosts:
    """Zalo answers at three addresses; another `api` (a simulator, a proxy) stands for all of them."""

    api: str = API
    business: str = BUSINESS
    oauth: str = OAUTH

    @classmethod
    def of(cls, api: str) -> Hosts:
        base = api.rstrip("/")
        return cls() if base in ("", API) else cls(base, base, base)
