"""The classifiers that the ablations and the compressions keep, by name."""

from __future__ import annotations

from pipelines.core.foundation import FoundationSpec, FoundationTable

_HERE = "pipelines.text.foundations.tuned"
_CNN = f"{_HERE}.cnn:TunedClassifier"
TABLE: FoundationTable = {
    name: FoundationSpec(target, "6", help_)
    for name, target, help_ in (
        ("ablate-losses", _CNN, "sentiment by the CNN with the best loss"),
        ("ablate-optimisers", _CNN, "sentiment by the CNN with the best optimiser"),
        ("ablate-schedules", _CNN, "sentiment by the CNN with the best schedule"),
        ("ablate-regularisation", _CNN, "sentiment by the CNN with the best regularisation"),
        ("search", _CNN, "sentiment by the CNN with the best of the searched settings"),
        ("prune", _CNN, "sentiment by the CNN without its small weights"),
        ("weight-sharing", _CNN, "sentiment by the CNN with a few distinct weights"),
        ("quantise", f"{_HERE}.quantised:QuantisedClassifier", "sentiment by the CNN with int8 weights"),
        ("distil", _CNN, "sentiment by a small CNN that learned from a large model"),
    )
}
