"""HTML to readable text."""

from __future__ import annotations

import pytest

from unibox_tui.connectors.email.mime.html import to_text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Xin chào</p><p>Tạm biệt</p>", "Xin chào\n\nTạm biệt"),
        ('<a href="https://a.example/x?y=1&amp;z=2">our page</a>', "[our page](https://a.example/x?y=1&z=2)"),
        ('<a href="https://a.example/">a.example</a>', "a.example"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ('<a href="javascript:alert(1)">press</a>', "press"),
        ("<style>p{}</style><script>x</script><title>t</title><p>shown</p>", "shown"),
        ('<div style="display:none">secret</div><p>shown</p>', "shown"),
        ("<ul><li>one<li>two</ul>", "  * one\n  * two"),
        ("<table><tr><td>Áo<td>2<tr><td>Quần<td>10</table>", "Áo    2\nQuần  10"),
        ("<table><tr><td><table><tr><td><p>inside</table></table>", "inside"),
        ("a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n> b\n> > c\nd"),
        ('<img alt="Logo" src="cid:1"><img src="x.gif" width=1 alt=t>', "[Logo]"),
        ("<p style='margin-top:9999999em;padding-left:9999999em'>x</p>", "x"),
    ],
)
def test_pages(source: str, expected: str) -> None:
    assert to_text(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 300_000 + "found",
        "<ul><li>" * 100 + "found",
        "<p>found</p>" * 100_000,
        "<p" + " a" * 30_000 + ">found</p>",
        "<table>" + "<tr><td>" + "y" * 90_000 + "<td>found" + "<tr><td>z<td>w" * 15_000 + "</table>",
        "<" * 500_000 + "found",
        "<!--" * 200_000 + "found",
        "<a href='http://a.example/'>found" * 20_000,
        "<blockquote>" * 50_000 + "found",
    ],
)
def test_hostile_pages_end_and_stay_small(source: str) -> None:
    text = to_text(source)
    assert "found" in text
    assert len(text) < 4 * len(source) + 1_000
