"""Whether a value is what an OpenAPI schema says: types, required and unknown fields, enums, lengths, patterns."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.contract.yaml_reading import read

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}
METHODS = ("get", "post", "put", "delete", "patch")


class OpenApi:
    def __init__(self, path: Path) -> None:
        self.document = _read(path)
        self._paths = [
            (_pattern(template), template, operations) for template, operations in self.document["paths"].items()
        ]
        # A path without blanks is meant before one whose blank would take it.
        self._paths.sort(key=lambda one: one[1].count("{"))

    # -- requests ------------------------------------------------------------------------------------------------------

    def request(
        self, method: str, path: str, query: Sequence[tuple[str, str]], media_type: str, body: Any
    ) -> Iterator[str]:
        """What is wrong with it. `body`: JSON, the pairs of a form, or a mapping of multipart fields."""
        found = self._operation(method, path)
        if found is None:
            yield f"{method} {path}: there is no such operation"
            return
        template, shared, operation = found
        where = f"{method} {template}"
        yield from self._query([*shared, *operation.get("parameters", ())], query, where)
        wanted = self.resolved(operation.get("requestBody", {}))
        content = wanted.get("content", {})
        if not content:
            if body not in ("", None, [], {}):
                yield f"{where}: it takes no body"
            return
        if media_type not in content:
            if body not in ("", None) or wanted.get("required"):
                yield f"{where}: {media_type or 'no content type'} instead of {', '.join(content)}"
            return
        schema = content[media_type].get("schema", {})
        if media_type == "application/json":
            yield from self.problems(schema, body, where)
        else:
            yield from self.form(schema, body, where)

    def form(self, schema: Mapping[str, Any], pairs: Any, where: str) -> Iterator[str]:
        """Fields are text; they are read as what the schema wants."""
        schema = self.resolved(schema)
        known = schema.get("properties", {})
        fields: dict[str, Any] = {}
        for name, value in pairs.items() if isinstance(pairs, Mapping) else pairs:
            wanted = self.resolved(known.get(name, {}))
            if wanted.get("type") == "array":
                fields.setdefault(name, []).append(value)
            else:
                fields[name] = _as(wanted.get("type"), value)
        yield from self.problems(schema, fields, where)

    def _query(self, parameters: Sequence[Any], query: Sequence[tuple[str, str]], where: str) -> Iterator[str]:
        known = {one["name"]: one for one in map(self.resolved, parameters) if one.get("in") == "query"}
        given = dict(query)
        for name in given:
            if name not in known:
                yield f"{where}: the parameter {name} is not known"
            else:
                schema = self.resolved(known[name].get("schema", {}))
                yield from self.problems(schema, _as(schema.get("type"), given[name]), f"{where}?{name}")
        for name, one in known.items():
            if one.get("required") and name not in given:
                yield f"{where}: the parameter {name} is missing"

    def _operation(self, method: str, path: str) -> tuple[str, Sequence[Any], Mapping[str, Any]] | None:
        for pattern, template, operations in self._paths:
            if method.lower() in operations and pattern.fullmatch(path):
                return template, operations.get("parameters", ()), operations[method.lower()]
        return None

    # -- values --------------------------------------------------------------------------------------------------------

    def named(self, name: str) -> Mapping[str, Any]:
        """The schema of this name."""
        found: Mapping[str, Any] = self.document["components"]["schemas"][name]
        return found

    def resolved(self, schema: Any) -> Any:
        while isinstance(schema, Mapping) and "$ref" in schema:
            at: Any = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                at = at[unquote(part).replace("~1", "/").replace("~0", "~")]
            schema = at
        return schema

    def problems(self, schema: Any, value: Any, where: str = "") -> Iterator[str]:
        """Unknown fields are problems too, unless the schema says that there may be others."""
        yield from self._check(schema, value, where)
        yield from self._unknown(schema, value, where)

    def _check(self, schema: Any, value: Any, where: str, above: frozenset[int] = frozenset()) -> Iterator[str]:
        schema = self.resolved(schema)
        if value is None and (schema.get("nullable") or "null" in _listed(schema.get("type"))):
            return
        if (chosen := self._chosen(schema, value)) is not None and id(chosen) not in above:
            yield from self._check(chosen, value, where, above | {id(chosen)})
        for part in schema.get("allOf", ()):
            yield from self._check(part, value, where, above)
        for kind in ("oneOf", "anyOf"):
            options = schema.get(kind, ())
            if options and all(any(self._check(option, value, where, above)) for option in options):
                closest = min((list(self._check(option, value, where, above)) for option in options), key=len)
                yield from closest
        yield from self._itself(schema, value, where, above)

    def _itself(self, schema: Mapping[str, Any], value: Any, where: str, above: frozenset[int]) -> Iterator[str]:
        types = _listed(schema.get("type"))
        if types and not any(_is(kind, value) for kind in types):
            yield f"{where}: {type(value).__name__} instead of {' or '.join(types)}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: not one of {schema['enum']}"
        if "const" in schema and value != schema["const"]:
            yield f"{where}: not {schema['const']}"
        if isinstance(value, str):
            yield from _text(schema, value, where)
        elif isinstance(value, list):
            yield from _size(schema, len(value), where, "Items")
            for index, one in enumerate(value):
                yield from self._check(schema.get("items", {}), one, f"{where}[{index}]")
        elif isinstance(value, Mapping):
            for name in schema.get("required", ()):
                if name not in value:
                    yield f"{where}: {name} is missing"
            for name, one in schema.get("properties", {}).items():
                if name in value:
                    yield from self._check(one, value[name], f"{where}.{name}")
        elif isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get(
            "maximum", value
        ):
            yield f"{where}: out of range"

    def _chosen(self, schema: Mapping[str, Any], value: Any) -> Any:
        """The schema that a discriminator names."""
        told = schema.get("discriminator")
        if not isinstance(told, Mapping) or not isinstance(value, Mapping):
            return None
        name = told.get("mapping", {}).get(value.get(told["propertyName"]))
        return None if name is None else self.resolved({"$ref": name})

    def _unknown(self, schema: Any, value: Any, where: str) -> Iterator[str]:
        if isinstance(value, list):
            for index, one in enumerate(value):
                for part in self._parts(schema, value, frozenset()):
                    if "items" in part:
                        yield from self._unknown(part["items"], one, f"{where}[{index}]")
        if not isinstance(value, Mapping):
            return
        parts = list(self._parts(schema, value, frozenset()))
        known = {name: one for part in parts for name, one in part.get("properties", {}).items()}
        is_open = not known or any(part.get("additionalProperties") not in (None, False) for part in parts)
        for name, one in value.items():
            if name in known:
                yield from self._unknown(known[name], one, f"{where}.{name}")
            elif not is_open:
                yield f"{where}: {name} is not known"

    def _parts(self, schema: Any, value: Any, above: frozenset[int]) -> Iterator[Mapping[str, Any]]:
        """A schema and all it is made of, as far as it holds for this value."""
        schema = self.resolved(schema)
        if id(schema) in above:
            return
        above |= {id(schema)}
        yield schema
        chosen = self._chosen(schema, value)
        for part in [*schema.get("allOf", ()), *([chosen] if chosen is not None else [])]:
            yield from self._parts(part, value, above)
        for part in [*schema.get("oneOf", ()), *schema.get("anyOf", ())]:
            if not any(self._check(part, value, "")):
                yield from self._parts(part, value, above)


@functools.cache
def _read(path: Path) -> Any:
    return read(path.read_text("utf-8"))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(
        "".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in re.split(r"(\{[^}]*\})", template))
    )


def _listed(kind: Any) -> list[str]:
    return kind if isinstance(kind, list) else [kind] if kind else []


def _is(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _as(kind: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    return {"true": True, "false": False}.get(value, value) if kind == "boolean" else value


def _text(schema: Mapping[str, Any], value: str, where: str) -> Iterator[str]:
    yield from _size(schema, len(value), where, "Length")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: not of the form {schema['pattern']}"
    if schema.get("format") == "uri" and not re.match(r"[a-z][a-z0-9+.-]*://\S+$", value):
        yield f"{where}: no address"
    if schema.get("format") == "uuid" and not re.fullmatch(
        r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value
    ):
        yield f"{where}: no UUID"


def _size(schema: Mapping[str, Any], size: int, where: str, what: str) -> Iterator[str]:
    if size < schema.get(f"min{what}", 0):
        yield f"{where}: shorter than {schema[f'min{what}']}"
    if size > schema.get(f"max{what}", size):
        yield f"{where}: longer than {schema[f'max{what}']}"
