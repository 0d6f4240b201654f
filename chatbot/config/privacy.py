"""Which stages send what they are given to another machine."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.core.hosts import host_of, is_this_machine
from pipelines.core.registry import Registry
from pipelines.core.types import Stage


def destinations(registry: Registry, backends: Mapping[Stage, str] | None = None) -> dict[Stage, str]:
    """Return "host" or "host:port" for each stage whose input leaves this computer; {} where all stays.

    A server on this computer does not count. The stage `GENERATE` sends the whole conversation, and the
    pictures where its model sees.

    Args:
        registry: The back-ends.
        backends: Choices that count before the registry's.
    """
    found: dict[Stage, str] = {}
    for stage in registry.table:
        address = registry.address(stage, (backends or {}).get(stage))
        if address and (host := host_of(address)) and not is_this_machine(address):
            found[stage] = host
    return found
