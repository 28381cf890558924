"""Sizes in sentences: in units people know, and never so that what is too large reads like what is allowed."""

from __future__ import annotations

import pytest

from unibox_tui.domain.sizes import size_said
from unibox_tui.views.files import file_refusal


@pytest.mark.parametrize(
    ("count", "size", "limit"),
    [
        (0, "0 kB", "0 kB"),
        (1, "1 kB", "0 kB"),
        (812_300, "813 kB", "812 kB"),
        (18_000_000, "18 MB", "18 MB"),
        (17_940_000, "18 MB", "17.9 MB"),
        (25_000_001, "25.1 MB", "25 MB"),
    ],
)
def test_a_size_is_rounded_up_and_a_limit_down(count: int, size: str, limit: str) -> None:
    assert (size_said(count), size_said(count, up=False)) == (size, limit)


def test_a_file_too_large_is_named_with_both_and_can_be_said_in_another_language() -> None:
    detail = {"size": 26_214_400, "limit": 25_000_000, "which": 0}
    refused = file_refusal("attachment_too_big", detail, "Zalo Shop A", "hop-hang\x1b[2J.mp4")
    assert refused.message.endswith("has 26.3 MB; Zalo Shop A takes at most 25 MB.")
    assert "\x1b" not in refused.message
    assert refused.message.args["size"].template == "{whole}.{tenth} MB"
    assert str(file_refusal("attachment_too_big", detail, "Zalo Shop A").message).startswith("A file has")
