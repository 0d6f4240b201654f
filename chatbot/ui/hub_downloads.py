"""What the page asks of the hub: whether a back-end's model is there, what it is, and to get it."""

from __future__ import annotations

from pipelines.core.errors import ModelError, TrioError
from pipelines.core.hub import Hub
from pipelines.core.hub_request import HubListing, HubRequest
from pipelines.core.registry import Registry
from pipelines.core.resume import Progress
from pipelines.core.said import said
from pipelines.core.types import Stage


def hub_request(registry: Registry, stage: Stage, name: str) -> HubRequest | None:
    """Return which model of the hub a back-end needs; None for a back-end without one. Loads nothing.

    Raises:
        UnknownBackendError, MissingPackageError, SettingsError: see `Registry.build`.
    """
    if registry.spec(stage, name).kind != "huggingface":
        return None
    request = getattr(registry.build(stage, name), "request", None)
    return request if isinstance(request, HubRequest) else None


def is_got(registry: Registry, stage: Stage, name: str) -> bool:
    """Whether a back-end's model of the hub has been got; only looks whether its files are there."""
    try:
        request = hub_request(registry, stage, name)
        return request is not None and hub_of(registry).has(request)
    except (TrioError, ImportError):
        return False


def look_up(registry: Registry, stage: Stage, name: str) -> HubListing:
    """Ask the hub for commit, size and licence of a back-end's model.

    Raises:
        ModelError: where the hub cannot be reached or has no such model; and what `hub_request` raises.
    """
    request = hub_request(registry, stage, name)
    if request is None:
        raise ModelError(said("This model does not come from the hub"), given=name)
    return hub_of(registry).look_up(request)


def get(registry: Registry, request: HubRequest, progress: Progress) -> None:
    """Get a model, pin its commit and the SHA-256 of its files. Raises what `Hub.get` does.

    Args:
        registry: Whose store says where the locks are.
        request: Which model.
        progress: Told how much of all its files is there.
    """
    hub = hub_of(registry)
    listing, done = hub.look_up(request), dict[str, int]()

    def note(path: str, count: int, _: int) -> None:
        done[path] = count
        progress(path, sum(done.values()), listing.size)

    hub.get(request, listing, note)


def hub_of(registry: Registry) -> Hub:
    """Return the hub with the locks of what was got for these back-ends."""
    return Hub.beside(registry.store.cache)
