"""A module that is imported when the first of its functions is called, for tables of which a call needs one row."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


class Later:
    """Stands for the module `name`; what is taken from it must be functions. Name the module under TYPE_CHECKING too."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            return getattr(importlib.import_module(self._name), attribute)(*args, **named)

        return call
