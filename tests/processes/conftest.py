"""Fixtures of the tests on real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes.running import Nursery, Place


@pytest.fixture(scope="module")
def _nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.end()


@pytest.fixture
def nursery(_nursery: Nursery) -> Iterator[Nursery]:
    yield _nursery
    for pid in _nursery.pids:
        _nursery.kill(pid, 18)
        _nursery.kill(pid)
    _nursery.pids.clear()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """`place(config)`: a home of the test's own, its store closed afterwards."""
    made: list[Place] = []

    def make(config: str = "", name: str = "home") -> Place:
        made.append(Place.at(tmp_path / name, config))
        return made[-1]

    yield make
    for one in made:
        one.close()
