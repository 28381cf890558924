"""One module for each channel of a web API, with `CASES`: what the conformance suite needs to know of it."""

from __future__ import annotations

import importlib
import pkgutil

from tests.connectors.conformance import Case


def all_cases() -> list[Case]:
    found: list[Case] = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        found.extend(importlib.import_module(f"{__name__}.{module.name}").CASES)
    return found
