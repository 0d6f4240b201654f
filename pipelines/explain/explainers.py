"""The explanations by name."""

from __future__ import annotations

from pipelines.core.foundation import FoundationSpec, FoundationTable

_HERE = "pipelines.explain.commands"
TABLE: FoundationTable = {
    "explain-text": FoundationSpec(
        f"{_HERE}:explain_text", "7", "which words drove the emotion of a text", learned=False
    ),
    "explain-image": FoundationSpec(
        f"{_HERE}:explain_image", "7", "which regions of a picture its caption hangs on", learned=False
    ),
    "explain-speech": FoundationSpec(
        f"{_HERE}:explain_speech", "7", "which moments drove the emotion of a voice", learned=False
    ),
}
