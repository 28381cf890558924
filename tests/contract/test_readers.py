"""The readers of descriptions find what is wrong: a check that cannot fail would prove nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.openapi import OpenApi
from tests.contract.telegram_spec import TelegramSpec
from tests.contract.yaml_reading import read

DOCUMENT = """\
---
# a comment
paths:
  "/send/{id}":
    post:
      parameters:
      - name: page
        in: query
        schema: {type: integer, minimum: 1}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Message'
components:
  schemas:
    Message:
      type: object
      description: >-
        Two
        lines

        and a third
      required: [type]
      properties:
        type:
          type: string
      discriminator:
        propertyName: type
        mapping:
          text: "#/components/schemas/Text"
    ? Text
    : allOf:
      - $ref: "#/components/schemas/Message"
      - type: object
        required:
          - text
        properties:
          text: {type: string, maxLength: 5}
          kind: {type: string, enum: ["a", 'b']}
          number:
            type: integer
            nullable: true
"""


@pytest.fixture
def api(tmp_path: Path) -> OpenApi:
    (tmp_path / "api.yml").write_text(DOCUMENT)
    return OpenApi(tmp_path / "api.yml")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"type": "text", "text": "chào"}, ""),
        ({"type": "text", "text": "chào", "number": None, "kind": "b"}, ""),
        ({"type": "text"}, "text is missing"),
        ({}, "type is missing"),
        ({"type": "text", "text": 5}, "int instead of string"),
        ({"type": "text", "text": "quá dài"}, "longer than 5"),
        ({"type": "text", "text": "x", "kind": "c"}, "not one of"),
        ({"type": "text", "text": "x", "number": True}, "bool instead of integer"),
        ({"type": "text", "text": "x", "txet": "x"}, "txet is not known"),
        ([], "list instead of object"),
    ],
)
def test_what_a_request_may_be(api: OpenApi, body: Any, found: str) -> None:
    problems = list(api.request("POST", "/send/7", [], "application/json", body))
    assert (found in problems[0]) if found else problems == []


def test_where_a_request_may_go(api: OpenApi) -> None:
    good = {"type": "text", "text": "x"}
    assert list(api.request("POST", "/send/7", [("page", "2")], "application/json", good)) == []
    assert "out of range" in next(api.request("POST", "/send/7", [("page", "0")], "application/json", good))
    assert "not known" in next(api.request("POST", "/send/7", [("pgae", "2")], "application/json", good))
    assert "no such operation" in next(api.request("GET", "/send/7", [], "", ""))
    assert "no such operation" in next(api.request("POST", "/send/7/x", [], "application/json", good))
    assert "instead of application/json" in next(api.request("POST", "/send/7", [], "text/plain", "x"))


def test_yaml_as_descriptions_write_it() -> None:
    text = "a: 'it''s\n  long: not a key'\nb: \"tab\\t\\\n  \\u00e0\"\nc: plain\n  goes on # here\nd: |\n  x\n   y\n\ne:\n- - 1\n  - 2.5\n- f: ~\n  g: [1, {h: x y}]\n'200': true\n"
    assert read(text) == {
        "a": "it's long: not a key",
        "b": "tab\tà",
        "c": "plain goes on",
        "d": "x\n y\n",
        "e": [[1, 2.5], {"f": None, "g": [1, {"h": "x y"}]}],
        "200": True,
    }
    with pytest.raises(ValueError):
        read("a: 1\n  b\nc\n")


def test_telegrams_own_form(tmp_path: Path) -> None:
    def field(name: str, *types: str, required: bool = False) -> dict[str, Any]:
        return {"name": name, "types": list(types), "required": required}

    document = {
        "methods": {
            "send": {"fields": [field("chat", "Integer", "String", required=True), field("keys", "Array of Key")]}
        },
        "types": {"Key": {"fields": [field("text", "String", required=True)]}},
    }
    (tmp_path / "api.json").write_text(json.dumps(document))
    spec = TelegramSpec(tmp_path / "api.json")
    assert list(spec.call("send", {"chat": 1, "keys": [{"text": "x"}]})) == []
    assert list(spec.call("send", {"chat": "1", "keys": '[{"text": "x"}]'}, form=True)) == []
    for wrong in ({}, {"chat": 1.5}, {"chat": 1, "keys": {}}, {"chat": 1, "keys": [{}]}, {"chat": 1, "kyes": []}):
        assert list(spec.call("send", wrong)), wrong
    assert list(spec.call("sned", {}))
