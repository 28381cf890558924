"""What the list of contacts says of each."""

from __future__ import annotations

from tests.support.fake_customers import line
from unibox_tui.screens.contacts_page import contact_lines
from unibox_tui.widgets.palette import Palette


def test_who_is_blocked_or_marked_says_so_beside_the_name() -> None:
    palette = Palette(plain=True)
    bad = contact_lines(line(1, "Hà", "zalo", "z1", blocked=True, risks=("bom hàng",)), 100, 0, palette)
    assert "Hà  ! blocked  ! bom hàng  ZA z1" in bad[0].text
    assert "!" not in contact_lines(line(2, "An", "zalo", "z2"), 100, 0, palette)[0].text
