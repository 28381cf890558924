"""One module for each channel with a public description: `CONTRACTS`."""

from __future__ import annotations

import importlib
import pkgutil

from tests.contract.shapes import Contract


def all_contracts() -> list[Contract]:
    found: list[Contract] = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        found.extend(importlib.import_module(f"{__name__}.{module.name}").CONTRACTS)
    return found
