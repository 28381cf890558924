"""What the demo tells its backstage process to do, and the lines it answers with: JSON, one object a line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """`seconds` None: until told to end. `keep`: the folder stays. `rate`: requests a minute; `patience`: of customers."""

    home: str
    me: str
    keep: bool = False
    headless: bool = False
    seconds: float | None = None
    rate: float = 5.0
    patience: float = 3.0
    answer_every: float = 25.0
    seed: int = 2
    port: int = 0  # for the web; 0: any

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Order:
        return cls(**json.loads(line))
