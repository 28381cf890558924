"""All recorded bodies through the real door, a hundred times, shuffled and in parallel."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.webhooks import replay

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TIMES = 100


async def test_one_message_each_and_no_state_backwards(tmp_path: Path) -> None:
    (tmp_path / "once").mkdir()
    (tmp_path / "again").mkdir()
    once = await replay(tmp_path / "once", times=1, parallel=1)
    again = await replay(tmp_path / "again", times=TIMES, parallel=16)
    assert once.found == again.found
    assert sum(len(ids) for ids in again.found.values()) > 100
    assert again.posts == TIMES * once.posts
    assert again.moved > 10
    assert (again.refused, again.backwards) == ([], [])
    assert again.messages == once.messages
    print("\n".join(again.lines()))
