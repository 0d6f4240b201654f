"""What runs in the cluster: which stages share a replica, how many replicas, on how much of a machine."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.backends_ray import NAME as RAY
from pipelines.cluster.client import APP
from pipelines.core.errors import SettingsError
from pipelines.core.types import Stage

_Positive = Annotated[float, Field(gt=0)]
_Count = Annotated[int, Field(ge=1, le=1000)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DeploymentPlan(_Frozen):
    """One deployment: stages that share models live together, so that their weights are held once.

    Attributes:
        stages: What it serves. A stage belongs to one deployment.
        replicas: Processes that serve it, where it does not scale by itself.
        max_replicas: Where set, it scales between `replicas` and this with the requests in progress.
        target_ongoing: Requests in progress a replica that autoscaling aims at.
        scale_up_seconds: How long there must have been too many of them before a replica is added.
        scale_down_seconds: How long too few, before one is let go.
        cpus: Cores that Ray reserves a replica; fractions share a core.
        gpus: The same of GPUs.
        memory_mb: Memory that Ray reserves a replica, in MB.
        max_ongoing: Requests in progress a replica; further ones wait.
        max_queued: Requests that wait at each proxy; further ones are refused. -1 for no limit.
        batch: Most texts of different requests that one pass of the sentence encoder takes.
    """

    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    replicas: _Count = 1
    max_replicas: _Count | None = None
    target_ongoing: _Positive = 2.0
    scale_up_seconds: _Positive = 30.0
    scale_down_seconds: _Positive = 600.0
    cpus: _Positive = 1.0
    gpus: Annotated[float, Field(ge=0)] = 0.0
    memory_mb: _Positive
    max_ongoing: _Count = 4
    max_queued: Annotated[int, Field(ge=-1)] = 200
    batch: _Count = 8

    @model_validator(mode="after")
    def _scales_upward(self) -> Self:
        if self.max_replicas is not None and self.max_replicas < self.replicas:
            raise ValueError("max_replicas is smaller than replicas")
        return self


DEPLOYMENTS: Mapping[str, DeploymentPlan] = {
    "hearing": DeploymentPlan(
        stages=(Stage.TRANSCRIBE, Stage.SPEECH_EMOTION), cpus=0.6, memory_mb=900, max_ongoing=2
    ),
    "reading": DeploymentPlan(
        stages=(Stage.EMBED, Stage.FEELINGS, Stage.SENTIMENT, Stage.TEXT_EMOTION, Stage.DANGER),
        cpus=0.2,
        memory_mb=500,
        max_ongoing=8,
    ),
    "seeing": DeploymentPlan(
        stages=(Stage.IMAGE_FEATURES, Stage.CAPTION, Stage.OCR, Stage.DETECT),
        cpus=0.5,
        memory_mb=700,
        max_ongoing=2,
    ),
    "speaking": DeploymentPlan(stages=(Stage.SPEAK,), cpus=0.2, memory_mb=800, max_ongoing=4),
    "replying": DeploymentPlan(stages=(Stage.GENERATE,), cpus=0.5, memory_mb=2200, max_ongoing=2),
}
"""Two cores in all: the smallest machine runs them. Ray counts reservations; it does not enforce them."""


class ClusterPlan(_Frozen):
    """The whole cluster.

    Attributes:
        host: Address that each node's HTTP proxy listens on.
        port: Port of the proxies.
        app: First part of the routes; two plans with different names can share a cluster.
        deployments: By name.
        backends: Back-end of each stage in the replicas, where not the default of the table.
        options: Keyword options of the back-ends, by stage.
        table: The table of back-ends that replicas choose from, as "module:NAME".
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    app: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")] = APP
    deployments: Mapping[str, DeploymentPlan] = DEPLOYMENTS
    backends: Mapping[Stage, str] = {}
    options: Mapping[Stage, Mapping[str, Any]] = {}
    table: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")] = "chatbot.config.backends:CHATBOT_TABLE"

    @model_validator(mode="after")
    def _each_stage_once(self) -> Self:
        served = [stage for plan in self.deployments.values() for stage in plan.stages]
        if twice := sorted({stage for stage in served if served.count(stage) > 1}):
            raise ValueError(f"served by two deployments: {', '.join(twice)}")
        if RAY in self.backends.values():
            raise ValueError(f"a replica cannot use the backend {RAY!r}, which is the cluster itself")
        return self

    @property
    def cpus(self) -> float:
        """Cores that the plan reserves before it scales."""
        return sum(plan.cpus * plan.replicas for plan in self.deployments.values())

    def application(self, deployment: str) -> str:
        """Return the name of a deployment's Serve application; each has its own, to be changed alone."""
        return f"{self.app}-{deployment}"

    def route(self, deployment: str) -> str:
        """Return a deployment's route, which lists its stages: clients find them by it."""
        return f"/{self.app}/{'+'.join(self.deployments[deployment].stages)}"


def read_plan(path: Path | None) -> ClusterPlan:
    """Return the plan of a TOML file, or the default one for None.

    Raises:
        SettingsError: for a file that cannot be read or holds what is not allowed.
    """
    if path is None:
        return ClusterPlan()
    try:
        return ClusterPlan.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the plan"
        raise SettingsError(
            f"The cluster plan is invalid: {where}: {first['msg']}",
            given=f"{path.name}, {first.get('input')!r}"[:120],
            fix="See docs/cluster.md for a complete plan",
        ) from error
    except (OSError, ValueError) as error:
        raise SettingsError("The cluster plan cannot be read", given=f"{path}: {error}") from error
