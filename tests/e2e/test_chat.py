"""A visitor in a real browser and an agent at the terminal."""

from __future__ import annotations

import re
import shutil
import time
from typing import Any

import pytest

from tests.e2e.house import App, House, browser, spread, until

pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") or shutil.which("chromium-browser")), reason="needs Chromium"
)
REPLIES = 20
# Epoch seconds at which each line first stood in the page, taken in the page itself.
WATCH = """() => {
  window.seen = {};
  const root = document.querySelector('#unibox-chat').shadowRoot;
  const look = () => root.querySelectorAll('li .text').forEach(e => {
    if (!(e.textContent in window.seen)) window.seen[e.textContent] = Date.now() / 1000;
  });
  new MutationObserver(look).observe(root, {childList: true, subtree: true, characterData: true});
}"""


def visit(chromium: Any, origin: str) -> Any:
    page = chromium.new_context().new_page()
    page.goto(origin)
    page.get_by_role("button", name=re.compile("^Open chat")).click()
    return page


def say(page: Any, text: str) -> None:
    page.get_by_role("textbox", name="Write a message").fill(text)
    page.keyboard.press("Enter")


def opened(house: House) -> App:
    app = house.app(120, 30)
    app.see("No conversations wait")
    return app.keys("6")


def test_a_visitor_and_an_agent_talk(house: House) -> None:
    site = house.chat()
    house.serve(web=True)
    app = opened(house)
    with browser() as chromium:
        page = visit(chromium, site.origin)
        page.evaluate(WATCH)
        began = time.time()
        say(page, "Áo này còn size M không shop?")
        app.see("Áo này còn size M")
        print(f"browser to screen: {(time.time() - began) * 1000:.0f} ms")
        app.keys("Enter")
        app.see("  Áo này còn size M không shop?")
        assert "looking" not in app.screen()
        # Both see that the other writes.
        page.get_by_role("textbox", name="Write a message").press_sequentially("dạ", delay=30)
        app.typed("rDạ còn")
        page.get_by_text(re.compile("typing|writing", re.I)).wait_for()
        screen = app.quiet()
        assert "visitor is looking" not in screen.lower()
        app.keys("Enter")
        page.get_by_text("Dạ còn", exact=True).wait_for()
        app.until(lambda screen: re.search("↩ CH +✓[✓◉] ", screen))
        until(lambda: house.rows("SELECT 1 FROM message WHERE direction = 'out' AND state = 'read'"), else_=app.screen)

        times = []
        for n in range(REPLIES):
            app.typed(f"rtrả lời số {n}")
            app.see(f"trả lời số {n}")
            app.quiet(seconds=0.1)
            began = time.time()
            app.keys("Enter")
            page.wait_for_function(f"() => 'trả lời số {n}' in window.seen", polling=20)
            times.append(page.evaluate(f"() => window.seen['trả lời số {n}']") - began)
            app.see(f"  trả lời số {n}", "r reply")
        print(f"Enter to browser: {spread(times)}")
        texts = page.locator("li.theirs .text").all_text_contents()
        assert texts == ["Dạ còn", *(f"trả lời số {n}" for n in range(REPLIES))]
    assert app.screen().count("trả lời số 19") <= 2
    app.leave()
