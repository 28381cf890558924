"""The widget in a real browser, on a page of another site, through reloads and lost connections."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.server
import json
import re
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.web.conftest import SECRETS, World
from unibox_tui.store.messages import StoredFile

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.server


class Site:
    """A shop's own web server: any path is the same page with the one line of ours, under a strict policy."""

    def __init__(self) -> None:
        self.widget = ""
        self.before = ""
        self.language = "en"
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/before.js":
                    body, kind = site.before.encode(), "text/javascript"
                else:
                    line = f'<script src="{site.widget}/w/chat.js?lang={site.language}" async></script>'
                    first = '<script src="/before.js"></script>' if site.before else ""
                    body, kind = (
                        (
                            f'<!doctype html><html lang="{site.language}"><meta charset="utf-8"><meta name="viewport" '
                            f'content="width=device-width"><title>Shop</title>{first}{line}<h1>Áo dài</h1>'
                        ).encode(),
                        "text/html",
                    )
                self.send_response(200)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                sockets = site.widget.replace("http", "ws")
                self.send_header(
                    "Content-Security-Policy",
                    f"default-src 'none'; script-src 'self' {site.widget}; connect-src {site.widget} {sockets}",
                )
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def open_shop(world: World, site: Site, **settings: Any) -> None:
    world.configure(chat={"origins": (site.origin,), **settings})
    await world.start(port=world.port)
    site.widget = world.url


async def new_page(browser: Browser, site: Site, **context: Any) -> Page:
    page = await (await browser.new_context(**context)).new_page()
    page.problems = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
    await page.goto(site.origin)
    return page


async def write(page: Page, text: str) -> None:
    await page.get_by_role("textbox", name="Write a message").fill(text)
    await page.keyboard.press("Enter")


async def open_chat(page: Page) -> None:
    await page.get_by_role("button", name=re.compile("^Open chat")).click()


def lines(page: Page) -> Any:
    return page.get_by_role("log").locator("li .text")


async def test_write_read_reload_and_the_thread_is_still_there(world: World, site: Site, browser: Browser) -> None:
    await open_shop(world, site, greeting="Xin chào!")
    page = await new_page(browser, site)
    await open_chat(page)
    await write(page, "Is the red one still there?")
    await expect(page.locator("li.mine .tick")).to_have_text(re.compile("sent"))
    await world.until(world.said)
    await world.reply("Yes! See https://shop.example/red.")
    await expect(lines(page)).to_have_text(
        ["Xin chào!", "Is the red one still there?", "Yes! See https://shop.example/red."]
    )
    await expect(page.locator("li.theirs").last.locator("b")).to_have_text("Linh")
    await expect(page.locator("li a")).to_have_attribute("href", "https://shop.example/red")
    await world.until(lambda: world.rows("SELECT 1 FROM message WHERE direction = 'out' AND state = 'read'"))
    await page.goto(site.origin + "/another-page")
    await open_chat(page)
    await expect(lines(page)).to_have_count(3)
    assert page.problems == []  # type: ignore[attr-defined]


async def test_an_answer_after_the_chat_was_closed_shows_on_the_button(
    world: World, site: Site, browser: Browser
) -> None:
    await open_shop(world, site)
    page = await new_page(browser, site)
    await open_chat(page)
    await write(page, "hello")
    await world.until(world.said)
    await page.keyboard.press("Escape")
    await world.reply("hi")
    await expect(page.get_by_role("button", name="Open chat, 1 new")).to_be_visible()
    await world.until(lambda: world.rows("SELECT 1 FROM message WHERE direction = 'out' AND state = 'delivered'"))
    await page.reload()
    await expect(page.get_by_role("button", name="Open chat, 1 new")).to_be_visible()
    await open_chat(page)
    await world.until(lambda: world.rows("SELECT 1 FROM message WHERE direction = 'out' AND state = 'read'"))


async def test_without_a_network_nothing_is_lost_or_doubled(world: World, site: Site, browser: Browser) -> None:
    await open_shop(world, site)
    page = await new_page(browser, site)
    await open_chat(page)
    await write(page, "one")
    await world.until(lambda: len(world.said()) == 1)
    await page.context.set_offline(True)
    await write(page, "two")
    await write(page, "three")
    await expect(page.locator("li.mine .tick").last).to_have_text(re.compile("sending"))
    await page.context.set_offline(False)
    await expect(page.locator("li.mine .tick").last).to_have_text(re.compile("sent"), timeout=15_000)
    await world.until(lambda: len(world.said()) == 3)
    await page.reload()
    await open_chat(page)
    await expect(lines(page)).to_have_text(["one", "two", "three"])
    assert [text for _, text in world.said()] == ["one", "two", "three"]


async def test_a_service_that_dies_and_comes_back_has_each_message_once(
    world: World, site: Site, browser: Browser
) -> None:
    await open_shop(world, site)
    page = await new_page(browser, site)
    await open_chat(page)
    await write(page, "one")
    await world.until(lambda: len(world.said()) == 1)
    await world.stop_edge()
    await write(page, "two")
    await expect(page.get_by_role("status")).to_have_text(re.compile("Connection lost"))
    await world.reply("while you were away")
    await world.start(port=world.port)
    await expect(page.locator("li.mine .tick").last).to_have_text(re.compile("sent"), timeout=20_000)
    await expect(lines(page)).to_have_count(3)
    await world.until(lambda: len(world.said()) == 3)
    assert sorted(text for _, text in world.said()) == ["one", "two", "while you were away"]
    await expect(page.get_by_role("status")).to_have_text("")


async def test_an_acknowledgement_that_was_lost_makes_no_second_message(
    world: World, site: Site, browser: Browser
) -> None:
    await open_shop(world, site)
    page = await new_page(browser, site)

    async def swallow(route: Any) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: None if '"got"' in message or '"line"' in message else route.send(message))

    await page.route_web_socket(re.compile("/w/chat/socket"), swallow)
    await open_chat(page)
    await write(page, "only once")
    await world.until(lambda: len(world.said()) == 1)
    await page.unroute_all()
    fresh = await page.context.new_page()
    await page.close()
    await fresh.goto(site.origin)  # connects by itself and says what was never acknowledged again
    await open_chat(fresh)
    await expect(fresh.locator("li.mine .tick")).to_have_text(re.compile("sent"))
    await expect(lines(fresh)).to_have_text(["only once"])
    assert len(world.said()) == 1


async def test_where_sockets_break_the_chat_goes_on_by_polling(world: World, site: Site, browser: Browser) -> None:
    await open_shop(world, site)
    page = await new_page(browser, site)
    await page.route_web_socket(re.compile("/w/chat/socket"), lambda route: route.close())
    await open_chat(page)
    await write(page, "through a bad proxy")
    await expect(page.locator("li.mine .tick")).to_have_text(re.compile("sent"), timeout=15_000)
    await world.until(world.said)
    await world.reply("and back")
    await expect(lines(page)).to_have_text(["through a bad proxy", "and back"])
    await write(page, "again")
    await world.reply("quick")
    await expect(lines(page)).to_have_count(4)
    assert page.problems == []  # type: ignore[attr-defined]


async def test_hostile_words_are_only_words(world: World, site: Site, browser: Browser) -> None:
    await open_shop(world, site)
    page = await new_page(browser, site)
    await open_chat(page)
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> javascript:alert(1)"
    await write(page, evil)
    await world.until(world.said)
    await world.reply(evil)
    await expect(lines(page)).to_have_text([evil, evil])
    assert await page.locator("li img, li script, li a").count() == 0
    assert await page.title() == "Shop"


async def test_by_keyboard_alone_and_for_screen_readers(world: World, site: Site, browser: Browser) -> None:
    await open_shop(world, site, ask=("name", "email"), attachment_limit=1000)
    page = await new_page(browser, site)
    launcher = page.get_by_role("button", name="Open chat")
    await expect(launcher).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Shop Áo Dài")
    await expect(dialog).to_be_visible()
    await expect(dialog).to_have_attribute("aria-modal", "true")
    await expect(page.get_by_role("log", name="Messages")).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("status")).to_be_attached()
    await expect(page.get_by_label("Your name")).to_be_focused()
    await page.keyboard.type("Hoa")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("E-mail")).to_be_focused()
    await page.keyboard.type("hoa@khach.example")
    for name in ("Attach a file", "Write a message", "Send", "Close chat"):
        await page.keyboard.press("Tab")
        control = (
            page.get_by_role("textbox", name=name)
            if name.startswith("Write")
            else page.get_by_role("button", name=name)
        )
        await expect(control).to_be_focused()
    await page.keyboard.press("Shift+Tab")  # the trap turns round at both ends
    await expect(page.get_by_role("button", name="Send")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.type("chào shop")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("dòng hai")
    await page.keyboard.press("Enter")
    await expect(lines(page)).to_have_text(["chào shop\ndòng hai"])
    await expect(page.get_by_label("E-mail")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(launcher).to_be_focused()
    names = await page.evaluate(
        "[...document.querySelector('#unibox-chat').shadowRoot.querySelectorAll('button, input, textarea')]"
        ".filter(e => !(e.getAttribute('aria-label') || e.labels?.length || e.textContent)).length"
    )
    assert names == 0
    await world.until(world.said)
    assert world.rows("SELECT name FROM identity")[0][0] == "Hoa"
    await page.reload()
    await open_chat(page)
    await expect(page.get_by_label("E-mail")).to_have_count(0)  # asked once


async def test_nobody_there_is_said_and_the_message_taken(world: World, site: Site, browser: Browser) -> None:
    world.db.write_now(lambda tx: tx.run("DELETE FROM agent"))
    site.language = "vi"
    await open_shop(world, site, needs_agents=True, ask_away=("email",))
    page = await new_page(browser, site)
    await page.get_by_role("button", name="Mở chat").click()
    await expect(page.get_by_text("Hiện chưa có ai trực")).to_be_visible()
    await page.get_by_label("E-mail").fill("not an address")
    await page.get_by_role("textbox", name="Nhập tin nhắn").fill("Gọi lại cho em nhé")
    await page.keyboard.press("Enter")
    assert world.said() == []
    await page.get_by_label("E-mail").fill("hoa@khach.example")
    await page.get_by_role("textbox", name="Nhập tin nhắn").focus()
    await page.keyboard.press("Enter")
    await world.until(world.said)
    assert world.rows("SELECT value FROM contact_key")[0][0] == "hoa@khach.example"
    world.agent()
    await expect(page.get_by_text("Hiện chưa có ai trực")).to_be_hidden()


async def test_on_a_phone_it_fills_the_screen(world: World, site: Site, browser: Browser) -> None:
    site.language = "th"
    await open_shop(world, site)
    page = await new_page(browser, site, viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    await page.get_by_role("button", name="เปิดแชท").tap()
    box = await page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 640)
    for name in ("ปิดแชท", "ส่ง"):
        target = await page.get_by_role("button", name=name, exact=True).bounding_box()
        assert target is not None
        assert min(target["width"], target["height"]) >= 44


async def test_files_both_ways_and_only_ones_own(world: World, site: Site, browser: Browser, tmp_path: Path) -> None:
    await open_shop(world, site, attachment_limit=2000)
    page = await new_page(browser, site)
    await open_chat(page)
    await write(page, "see")
    picture = tmp_path / "ảnh lỗi.png"
    picture.write_bytes(b"\x89PNG" + b"x" * 500)
    await page.locator("input[type=file]").set_input_files(picture)
    await expect(page.get_by_role("button", name=re.compile("Download: ảnh lỗi.png"))).to_be_visible()
    (kept,) = await world.until(lambda: world.rows("SELECT * FROM attachment"))
    assert (kept["name"], kept["size"], kept["state"]) == ("ảnh lỗi.png", 504, "held")
    assert world.media.read(kept["sha256"]) == picture.read_bytes()
    sha256, size = world.media.put(b"an invoice")
    await world.reply("", files=(StoredFile("hóa đơn.pdf", "application/pdf", size, sha256),))
    async with page.expect_download() as download:
        await page.get_by_role("button", name=re.compile("Download: hóa đơn.pdf")).click()
    assert Path(await (await download.value).path()).read_bytes() == b"an invoice"
    picture.write_bytes(b"x" * 2001)
    await page.locator("input[type=file]").set_input_files(picture)
    await expect(page.get_by_role("status")).to_have_text(re.compile("too large"))
    stranger = await new_page(browser, site)
    await open_chat(stranger)
    await expect(stranger.get_by_role("log")).to_be_visible()
    await stranger.wait_for_function("localStorage.getItem('unibox:chat')")
    status = await stranger.evaluate(
        "async ([url]) => (await fetch(url, {headers: {Authorization: 'Bearer ' + "
        "JSON.parse(localStorage.getItem('unibox:chat')).token}})).status",
        [f"{world.url}/w/chat/file/{kept['id']}"],
    )
    assert status == 404
    assert await lines(stranger).count() == 0


async def test_a_site_vouches_for_its_customers(world: World, site: Site, browser: Browser) -> None:
    digest = hmac.new(SECRETS["identity_secret"].encode(), b"kh-17", hashlib.sha256).hexdigest()
    site.before = f"window.unibox = {json.dumps({'user': {'id': 'kh-17', 'hash': digest, 'name': 'Somchai'}})}"
    await open_shop(world, site)
    page = await new_page(browser, site)
    await open_chat(page)
    await write(page, "it is me")
    await world.until(world.said)
    assert tuple(world.rows("SELECT address, name, verified FROM identity")[0]) == ("u-kh-17", "Somchai", 1)
    elsewhere = await new_page(browser, site)
    await open_chat(elsewhere)
    await expect(lines(elsewhere)).to_have_text(["it is me"])
    assert "token" not in (await elsewhere.evaluate("JSON.stringify(localStorage)"))
    site.before = site.before.replace(digest, "0" * 64)
    thief = await new_page(browser, site)
    await open_chat(thief)
    await expect(thief.get_by_role("status")).to_have_text("Your account could not be confirmed.")
    await asyncio.sleep(0.3)
    assert await lines(thief).count() == 0


async def test_the_demo_page_stands_on_its_own(world: World, browser: Browser) -> None:
    await world.start()
    page = await (await browser.new_context(locale="en-GB")).new_page()
    await page.goto(f"{world.url}/demo/chat")
    await open_chat(page)
    await write(page, "hello")
    await world.until(world.said)
