"""The rows of the back-ends that run in a Ray cluster, see docs/cluster.md."""

from __future__ import annotations

from pipelines.core.programs import TRIO
from pipelines.core.registry import BackendSpec, Table
from pipelines.core.types import Stage

NAME = "ray"
OPTIONS = ("address", "app", "seconds")
VARIABLE = "TRIO_CLUSTER"
"""Holds the address where no option gives it."""


def ray_row(target: str) -> BackendSpec:
    """Return the row of a stage whose back-end in the cluster is called by `target`."""
    return BackendSpec(
        target,
        "server",
        f"Runs in a Ray cluster: {TRIO} cluster start",
        options=OPTIONS,
        address="address",
        address_variable=VARIABLE,
    )


RAY_TABLE: Table = {
    stage: {NAME: ray_row(f"pipelines.cluster.stages:{cls}")}
    for stage, cls in {
        Stage.TRANSCRIBE: "ClusterTranscriber",
        Stage.SPEECH_EMOTION: "ClusterSpeechEmotion",
        Stage.EMBED: "ClusterSentenceEncoder",
        Stage.FEELINGS: "ClusterFeelings",
        Stage.SENTIMENT: "ClusterSentiment",
        Stage.TEXT_EMOTION: "ClusterTextEmotion",
        Stage.DANGER: "ClusterDanger",
        Stage.IMAGE_FEATURES: "ClusterImageEncoder",
        Stage.CAPTION: "ClusterCaptioner",
        Stage.OCR: "ClusterTextReader",
        Stage.DETECT: "ClusterDetector",
        Stage.SPEAK: "ClusterSpeaker",
    }.items()
}
