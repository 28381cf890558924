"""Requests of the connectors and webhooks of the simulators, held against the providers' public descriptions.

`make contract SPECS=FOLDER` runs it; without the folder there is nothing to hold them against.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.conformance import rig
from tests.contract.cases import all_contracts
from tests.contract.shapes import Contract

SPECS = Path(os.environ.get("SPECS") or "/nonexistent")
needs_specs = pytest.mark.skipif(not SPECS.is_dir(), reason="SPECS names no folder with the descriptions")


@pytest.fixture(params=all_contracts(), ids=lambda contract: contract.case.name)
def contract(request: pytest.FixtureRequest) -> Contract:
    found: Contract = request.param
    return found


@needs_specs
async def test_requests_are_what_the_description_says(contract: Contract) -> None:
    async with rig(contract.case) as parts:
        await contract.drive(parts)
        calls = list(parts.sim.received)
    asked = {call.path for call in calls}
    unseen = [part for part in contract.operations if not any(part in path for path in asked)]
    assert not unseen, f"never asked for: {unseen}"
    problems = {problem for call in calls for problem in _serious(contract, contract.requests(SPECS, call))}
    assert not problems, "\n".join(sorted(problems))


@needs_specs
async def test_webhooks_are_what_the_description_says(contract: Contract) -> None:
    if contract.webhooks is None:
        pytest.skip("the provider publishes no description of its webhooks")
    async with rig(contract.case) as parts:
        await contract.drive(parts)
        posted = list(parts.door.caught)
    assert posted
    recorded = [*posted, *contract.case.recorded()]
    problems = {
        f"{one.name}: {problem}" for one in recorded for problem in _serious(contract, contract.webhooks(SPECS, one))
    }
    assert not problems, "\n".join(sorted(problems))


def _serious(contract: Contract, problems: Iterator[str]) -> list[str]:
    return [problem for problem in problems if not any(words in problem for words in contract.quirks)]
