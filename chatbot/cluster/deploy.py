"""Bringing a plan into a Ray cluster, and asking how it is. The one module here that drives Ray."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chatbot.cluster.plan import ClusterPlan, DeploymentPlan
from chatbot.cluster.ray_head import environment, host_of
from chatbot.cluster.replica import StageReplica, read_table
from chatbot.config.backends import check_options
from pipelines.core.errors import BackendError, SettingsError
from pipelines.core.registry import Registry
from pipelines.core.weights import WeightStore

DEPLOY_SECONDS = 300.0
SHUTDOWN_SECONDS = 10.0
HEALTH_SECONDS = 5.0
MOST_LOOK_BACK_SECONDS = 30.0
_POLL_SECONDS = 0.3
_BROKEN = frozenset({"DEPLOY_FAILED", "UNHEALTHY"})


@dataclass(frozen=True)
class DeploymentStatus:
    """One deployment. `state`: as Serve calls it; `running`: replicas that answer; `message`: of Serve."""

    name: str
    stages: tuple[str, ...]
    route: str
    state: str
    running: int
    starting: int
    message: str

    @property
    def ready(self) -> bool:
        """Whether all the replicas that it should have answer."""
        return self.state == "RUNNING"


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Be a driver of the cluster at "host:port" for a while.

    Raises:
        BackendError: if there is none, or it has another token.
    """
    os.environ.update(environment(host_of(address)))
    import ray
    import ray.serve

    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, namespace="trio")
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise BackendError(
            "There is no Ray cluster to connect to",
            given=f"{address}: {str(error).splitlines()[0][:160]}",
            fix="Start one without --address, or bring its token file (~/.ray/auth_token) here",
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def deploy(plan: ClusterPlan, report: Callable[[list[DeploymentStatus]], None]) -> list[DeploymentStatus]:
    """Deploy a plan, let go what an earlier one had more, and wait until every replica is warm.

    Must be called while `connected`. `report` gets the state again and again while it changes.

    Raises:
        BackendError: if a deployment fails, or is not ready after 5 minutes.
    """
    from ray import serve
    from ray.serve.config import HTTPOptions

    serve.start(proxy_location="EveryNode", http_options=HTTPOptions(host=plan.host, port=plan.port))
    for name in _applications(plan).keys() - set(map(plan.application, plan.deployments)):
        serve.delete(name)
    targets = [
        serve.RunTarget(
            _deployment(name, one).bind(
                one.stages, plan.table, dict(plan.backends), dict(plan.options), one.max_ongoing, one.batch
            ),
            name=plan.application(name),
            route_prefix=plan.route(name),
        )
        for name, one in plan.deployments.items()
    ]
    serve.run_many(targets, wait_for_ingress_deployment_creation=False, wait_for_applications_running=False)
    return _wait_until_ready(plan, report)


def _deployment(name: str, one: DeploymentPlan) -> Any:
    from ray import serve

    scaling: dict[str, Any] = {"num_replicas": one.replicas}
    if one.max_replicas is not None:
        scaling = {
            "autoscaling_config": {
                "min_replicas": one.replicas,
                "max_replicas": one.max_replicas,
                "target_ongoing_requests": one.target_ongoing,
                "upscale_delay_s": one.scale_up_seconds,
                "downscale_delay_s": one.scale_down_seconds,
                "look_back_period_s": min(one.scale_up_seconds, MOST_LOOK_BACK_SECONDS),
            }
        }
    return serve.deployment(
        name=name,
        ray_actor_options={
            "num_cpus": one.cpus,
            "num_gpus": one.gpus,
            "memory": one.memory_mb * 1_000_000,
        },
        max_ongoing_requests=one.max_ongoing,
        max_queued_requests=one.max_queued,
        health_check_period_s=HEALTH_SECONDS,
        graceful_shutdown_timeout_s=SHUTDOWN_SECONDS,
        **scaling,
    )(StageReplica)


def _wait_until_ready(
    plan: ClusterPlan, report: Callable[[list[DeploymentStatus]], None]
) -> list[DeploymentStatus]:
    deadline = time.monotonic() + DEPLOY_SECONDS
    while True:
        found = statuses(plan)
        report(found)
        if all(one.ready for one in found):
            return found
        broken = [one for one in found if one.state in _BROKEN]
        if broken or time.monotonic() > deadline:
            late = broken or [one for one in found if not one.ready]
            raise BackendError(
                f"The deployment {late[0].name} is not ready",
                given=f"{late[0].state}: {late[0].message}"[-600:],
                fix="Adjust the plan, or free up memory and cores, then start again",
            )
        time.sleep(_POLL_SECONDS)


def statuses(plan: ClusterPlan) -> list[DeploymentStatus]:
    """Return how each deployment of a plan is. Must be called while `connected`."""
    found = _applications(plan)
    return [_status(name, plan, found.get(plan.application(name))) for name in plan.deployments]


def _status(name: str, plan: ClusterPlan, application: Any | None) -> DeploymentStatus:
    stages, route = tuple(map(str, plan.deployments[name].stages)), plan.route(name)
    if application is None:
        return DeploymentStatus(name, stages, route, "NOT_STARTED", 0, 0, "")
    one = application.deployments.get(name)
    replicas: Mapping[str, int] = one.replica_states if one else {}
    message = "\n".join(filter(None, (application.message, one.message if one else "")))
    starting = sum(n for state, n in replicas.items() if state in ("STARTING", "RECOVERING", "UPDATING"))
    running = replicas.get("RUNNING", 0)
    return DeploymentStatus(name, stages, route, application.status.value, running, starting, message)


def _applications(plan: ClusterPlan) -> Mapping[str, Any]:
    """Return Serve's applications that belong to the plan's name."""
    from ray import serve

    found = serve.status().applications
    return {name: one for name, one in found.items() if name.startswith(f"{plan.app}-")}


def withdraw(plan: ClusterPlan) -> list[str]:
    """Take a plan's deployments out of the cluster; return their names. Must be called while `connected`."""
    from ray import serve

    names = list(_applications(plan))
    for name in names:
        serve.delete(name)
    return names


def check_backends(plan: ClusterPlan) -> None:
    """Raise UnknownBackendError or SettingsError where a replica could not be made as the plan says."""
    registry = Registry(read_table(plan.table), WeightStore(), plan.backends, plan.options)
    for stage in plan.backends:
        registry.spec(stage)
    check_options(registry, plan.options)


def check_room(plan: ClusterPlan, cpus: float) -> None:
    """Raise SettingsError where a plan reserves more cores than there are, and would wait for ever."""
    if plan.cpus > cpus:
        raise SettingsError(
            "The plan reserves more cores than the cluster has",
            given=f"{plan.cpus:g}",
            allowed=f"{cpus:g}",
            fix="Lower cpus or replicas in the plan, or add machines",
        )
