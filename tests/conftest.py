"""Fixtures of all rooms."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.at(tmp_path)
    yield made
    made.db.close()


# What the tests marked `server` of a folder talk to.
NEEDS = {
    "tests/e2e": ("dovecot", "chromium", "tmux"),
    "tests/web": ("chromium",),
    "tests/connectors": ("dovecot",),
    "tests/processes": ("dovecot",),
    "tests/screens": ("tmux",),
    "tests/sandbox": ("tmux",),
}
PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test whose server is not here is skipped; under CI nothing may be missing."""
    if item.get_closest_marker("server") is None:
        return
    folder = next((folder for folder in NEEDS if folder in item.path.as_posix()), "")
    missing = [name for name in NEEDS.get(folder, ()) if shutil.which(name, path=PLACES) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"Not installed: {', '.join(missing)}.", pytrace=False)
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first, then the slow ones, then those that need a server."""
    items.sort(key=lambda item: (bool(item.get_closest_marker("server")), bool(item.get_closest_marker("slow"))))
