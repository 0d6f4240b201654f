"""Exact round trip of what was understood: `Reply`, `FusedContext`, `Evidence` to plain JSON and back.

The types themselves are the schema: fields are written by name, a value of several possible types
carries its `type`. A field that an older record lacks takes its default. `SpeechEncoding` is left out.
Numbers that JSON lacks (NaN, infinities) are written as strings.

pydantic's `TypeAdapter` does not fit: strict, it refuses those strings; lax, it takes "yes" for true and
"1.5" for a number; and the tag, which is no field, and the arrays would have to be annotated in
`pipelines/core/types.py`.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Union

import numpy as np

from chatbot.history.errors import HistoryError
from chatbot.turn.events import FusedContext, Reply
from pipelines.core.said import said
from pipelines.core.types import Evidence, EvidenceValue, SpeechEncoding

_TAG = "type"
_TAGGED: Mapping[str, type] = {cls.__name__: cls for cls in typing.get_args(EvidenceValue)}
_UNIONS = (Union, types.UnionType)


def encode(value: Any) -> Any:
    """Return a dataclass, mapping, sequence or scalar as plain JSON types; `decode` is its inverse."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        fields = {name: encode(item) for name, item in pairs if not isinstance(item, SpeechEncoding)}
        return {_TAG: type(value).__name__, **fields} if type(value).__name__ in _TAGGED else fields
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, np.generic):
        return encode(value.item())
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def decode(kind: Any, data: Any, where: str = "record") -> Any:
    """Return `data`, made by `encode`, as a value of type `kind`.

    Args:
        kind: A dataclass, an enum, a literal, str, int, float, bool, None, or a tuple, mapping or union of
            them.
        data: Plain JSON types.
        where: Name of the value, for the message of an error.

    Raises:
        HistoryError: naming the field, what it holds and what it should.
    """
    origin = typing.get_origin(kind)
    if origin in _UNIONS:
        return _decode_union(typing.get_args(kind), data, where)
    if origin is typing.Literal:
        return _one_of(typing.get_args(kind), data, where)
    if origin is tuple:
        return _decode_tuple(typing.get_args(kind), data, where)
    if origin is not None and issubclass(origin, Mapping):
        item = typing.get_args(kind)[1]
        return {k: decode(item, v, f"{where}.{k}") for k, v in _object(data, where).items()}
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _decode_fields(kind, _object(data, where), where)
    return _decode_scalar(kind, data, where)


def _decode_scalar(kind: Any, data: Any, where: str) -> Any:
    if kind is type(None) and data is None:
        return None
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(_one_of([member.value for member in kind], data, where))
    if kind is float:
        return _decode_float(data, where)
    if kind in (str, int, bool) and type(data) is kind:
        return data
    raise _wrong(where, data, _names([kind]))


def _one_of(allowed: Sequence[Any], data: Any, where: str) -> Any:
    if data not in allowed:
        raise _wrong(where, data, ", ".join(map(str, allowed)))
    return data


def _decode_float(data: Any, where: str) -> float:
    if type(data) in (int, float) or data in ("nan", "inf", "-inf"):
        return float(data)
    raise _wrong(where, data, "a number")


def _decode_union(kinds: Sequence[Any], data: Any, where: str) -> Any:
    if data is None and type(None) in kinds:
        return None
    others = [kind for kind in kinds if kind is not type(None)]
    if str in others:
        others.remove(str)
        if isinstance(data, str) or not others:
            return decode(str, data, where)
    if len(others) == 1:
        return decode(others[0], data, where)
    tag = _object(data, where).get(_TAG)
    found = _TAGGED.get(tag) if isinstance(tag, str) else None
    if found not in others:
        raise _wrong(f"{where}.{_TAG}", tag, _names(others))
    return decode(found, data, where)


def _decode_tuple(kinds: Sequence[Any], data: Any, where: str) -> tuple[Any, ...]:
    items = _list(data, where)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = [kinds[0]] * len(items)
    if len(kinds) != len(items):
        raise _wrong(where, f"{len(items)} items", f"{len(kinds)} items")
    return tuple(
        decode(kind, item, f"{where}[{n}]") for n, (kind, item) in enumerate(zip(kinds, items, strict=True))
    )


def _decode_fields(cls: Any, data: Mapping[str, Any], where: str) -> Any:
    values: dict[str, Any] = {}
    hints = _hints(cls)
    for item in dataclasses.fields(cls):
        if item.name in data:
            values[item.name] = decode(hints[item.name], data[item.name], f"{where}.{item.name}")
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            raise _wrong(f"{where}.{item.name}", "nothing", _names([hints[item.name]]))
    return cls(**values)


@functools.cache
def _hints(cls: Any) -> Mapping[str, Any]:
    return typing.get_type_hints(cls)


def _object(data: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise _wrong(where, data, "an object")
    return data


def _list(data: Any, where: str) -> Sequence[Any]:
    if not isinstance(data, list):
        raise _wrong(where, data, "a list")
    return data


def _names(kinds: Sequence[Any]) -> str:
    return " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)


def _wrong(where: str, data: Any, allowed: str) -> HistoryError:
    return HistoryError(
        said("The value of {where} is invalid", where=where), given=repr(data)[:80], allowed=allowed
    )


def decode_reply(data: Any, where: str = "reply") -> Reply:
    """Return a `Reply` from what `encode` made of it. Raises HistoryError."""
    reply: Reply = decode(Reply, data, where)
    return reply


def decode_context(data: Any, where: str = "context") -> FusedContext:
    """Return a `FusedContext` from what `encode` made of it. Raises HistoryError."""
    context: FusedContext = decode(FusedContext, data, where)
    return context


def decode_evidence(data: Any, where: str = "evidence") -> tuple[Evidence, ...]:
    """Return pieces of `Evidence` from what `encode` made of a list of them. Raises HistoryError."""
    items: tuple[Evidence, ...] = decode(tuple[Evidence, ...], data, where)
    return items
