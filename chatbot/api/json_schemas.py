"""JSON schemas of clients, before native code makes a grammar of them: small, flat, with nothing to fetch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatbot.api.errors import ApiError

MOST_DEPTH = 24
MOST_NODES = 2_000
MOST_REPEATS = 1_000
MOST_PATTERN = 200
_REPEATS = frozenset({"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"})
_DEFINITIONS = frozenset({"$defs", "definitions", "$schema", "$id"})


def checked_schema(schema: Mapping[str, Any], param: str) -> dict[str, Any]:
    """Return a schema with its local references written out.

    Raises:
        ApiError: for a reference to elsewhere or to itself, and for what is too deep or too large, or repeats
            too often.
    """
    found = _Reader(schema, param).read(schema, (), 0)
    assert isinstance(found, dict)
    return found


class _Reader:
    def __init__(self, root: Mapping[str, Any], param: str) -> None:
        self._root, self._param, self._nodes = root, param, 0

    def read(self, value: Any, inside: tuple[str, ...], depth: int, key: str = "") -> Any:
        self._nodes += 1
        if depth > MOST_DEPTH:
            raise self._refused(f"deeper than {MOST_DEPTH} levels")
        if self._nodes > MOST_NODES:
            raise self._refused(f"larger than {MOST_NODES} values")
        if isinstance(value, list):
            return [self.read(item, inside, depth + 1) for item in value]
        if isinstance(value, Mapping):
            return self._object(value, inside, depth)
        if key in _REPEATS and isinstance(value, int | float) and value > MOST_REPEATS:
            raise self._refused(f"{key} {value:g}; the most is {MOST_REPEATS}")
        if key == "pattern" and len(str(value)) > MOST_PATTERN:
            raise self._refused(f"a pattern of more than {MOST_PATTERN} characters")
        return value

    def _object(self, value: Mapping[str, Any], inside: tuple[str, ...], depth: int) -> Any:
        reference = value.get("$ref")
        if isinstance(reference, str):
            if reference in inside:
                raise self._refused(f"{reference} refers to itself")
            target = self._target(reference)
            merged = {**target, **{name: item for name, item in value.items() if name != "$ref"}}
            return self._object(merged, (*inside, reference), depth + 1)
        return {
            str(name): self.read(item, inside, depth + 1, str(name))
            for name, item in value.items()
            if name not in _DEFINITIONS or depth > 0
        }

    def _target(self, reference: str) -> Mapping[str, Any]:
        found: Any = self._root
        parts = reference.split("/")
        for part in parts[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
        if parts[0] != "#" or not isinstance(found, Mapping):
            raise self._refused(f"the reference {reference[:80]!r}; references lead to #/$defs alone")
        return found

    def _refused(self, what: str) -> ApiError:
        return ApiError(400, f"The JSON schema cannot be used: {what}.", "invalid_schema", self._param)
