"""What every route needs: the turns, the queue and what was understood before."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from chatbot.api.aliases import WHOLE, resolve_alias
from chatbot.api.errors import ApiError
from chatbot.api.file_store import FileStore
from chatbot.api.jobs import Jobs
from chatbot.config.settings import Settings
from chatbot.turn.events import Exchange, FusedContext, TurnEvent
from chatbot.turn.options import TurnOptions
from chatbot.turn.protocols import TurnContext, TurnRequest
from chatbot.turn.service import TurnService
from chatbot.web.auth.identity import LOCAL
from pipelines.core.cancel import CancelToken
from pipelines.core.registry import Registry
from pipelines.core.types import Caption, Stage

KEPT_SECONDS = 3600
"""How long the text of a spoken reply is surely kept, for every person, however much others ask."""
KEPT_LONGER = 600
"""For replies that take long: their time is told from the request's beginning."""
_V = TypeVar("_V")


class RecentValues(Generic[_V]):
    """The newest values by key. Thread-safe; kept in memory."""

    def __init__(self, most: int = 256) -> None:
        self._most, self._lock = most, threading.Lock()
        self._values: OrderedDict[str, _V] = OrderedDict()

    def get(self, key: str) -> _V | None:
        """Return a value that is still known."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: _V) -> None:
        """Keep a value; the oldest is forgotten where there are too many."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)

    def drop(self, key: str) -> None:
        """Forget a value."""
        with self._lock:
            self._values.pop(key, None)


class ExpiringValues(Generic[_V]):
    """Values by key, each for the same time. Thread-safe; kept in memory.

    Args:
        seconds: How long.
        clock: Seconds from anywhere, never going back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock, self._lock = seconds, clock, threading.Lock()
        self._values: OrderedDict[str, tuple[float, _V]] = OrderedDict()

    def get(self, key: str) -> _V | None:
        """Return a value whose time is not over."""
        with self._lock:
            until, value = self._values.get(key, (float("-inf"), None))
            return value if until > self._clock() else None

    def put(self, key: str, value: _V) -> None:
        """Keep a value; those whose time is over are forgotten."""
        with self._lock:
            now = self._clock()
            self._values[key] = (now + self._seconds, value)
            self._values.move_to_end(key)
            while next(iter(self._values.values()))[0] <= now:
                self._values.popitem(last=False)


@dataclass(frozen=True, eq=False)
class Service:
    """The API's side of Trio.

    Attributes:
        turns: Answers and understands turns; what comes to it has its place in the queue already.
        settings: How to answer where a request does not say.
        jobs: Where work waits and runs.
        files: What programs have uploaded; None where nothing is kept.
        understood: Contexts of earlier messages, by `key_of`.
        spoken: Texts of spoken replies, by `key_of` their id.
    """

    turns: TurnService
    settings: Settings
    jobs: Jobs
    files: FileStore | None = None
    understood: RecentValues[FusedContext] = field(default_factory=RecentValues)
    spoken: ExpiringValues[str] = field(default_factory=lambda: ExpiringValues(KEPT_SECONDS + KEPT_LONGER))

    @property
    def registry(self) -> Registry:
        """The back-ends."""
        return self.turns.chatbot.registry

    def run(
        self,
        request: TurnRequest,
        user: str | None,
        cancel: CancelToken,
        options: TurnOptions | None = None,
        history: Sequence[Exchange] = (),
    ) -> Generator[TurnEvent, None, None]:
        """Run a turn of a person; `options`: None for what the settings say."""
        options = options or self.settings.turn_options()
        return self.turns.run(request, TurnContext(user or LOCAL, "api", options, cancel, lambda: history))

    def resolve_alias(self, name: str) -> str:
        """Return what a client's name of a model or a voice stands for."""
        return resolve_alias(name, self.settings.aliases)

    def backend_name(self, stage: Stage, model: str) -> str:
        """Return the back-end that a request's `model` names for a stage.

        Args:
            stage: What it is for.
            model: "trio", "stage/name", a back-end's bare name or an alias of one of them.

        Raises:
            ApiError: if there is no such model.
        """
        rows = self.registry.table.get(stage, {})
        name = model.removeprefix(f"{stage}/")
        if name not in rows:
            name = self.resolve_alias(model).removeprefix(f"{stage}/")
        if name == WHOLE:
            return self.registry.name(stage)
        if name not in rows:
            allowed = ", ".join([WHOLE, *(f"{stage}/{row}" for row in rows)])
            raise ApiError(
                404, f"There is no model {model!r} for this. Allowed: {allowed}.", "model_not_found", "model"
            )
        return name

    def backend(self, stage: Stage, model: str = WHOLE) -> Any:
        """Return the loaded back-end that `model` names. Raises what `Registry.get` raises, and ApiError."""
        return self.registry.get(stage, self.backend_name(stage, model))

    def turn_options(self, backends: Mapping[Stage, str], **changes: Any) -> TurnOptions:
        """Return the settings' options with those of a request that are not None.

        Raises:
            SettingsError: for a number outside its limits.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        return self.settings.turn_options(backends=dict(backends), **given)


def key_of(user: str | None, text: str) -> str:
    """Return what something of a person is remembered by; nobody else's has the same."""
    return hashlib.sha256(f"{user}\0{text}".encode("utf-8", "replace")).hexdigest()


def without_sound(context: FusedContext) -> FusedContext:
    """Return a context with only that evidence which later prompts look at."""
    kept = tuple(item for item in context.evidence if isinstance(item.value, Caption))
    return replace(context, evidence=kept)
