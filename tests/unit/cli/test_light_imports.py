"""The default app starts without heavy packages: importing all of it imports none of them."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    "torch",
    "torchvision",
    "torchaudio",
    "transformers",
    "speechbrain",
    "open_clip",
    "whisper",
    "sklearn",
    "ray",
}
WALK = """
import importlib, json, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        if not module.name.endswith("__main__") and ".foundations." not in module.name:
            importlib.import_module(module.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
PLAIN = "import json, sys, chatbot.turn.engine, pipelines.backends\nprint(json.dumps(sorted(sys.modules)))"


def imported(code: str, *arguments: str) -> set[str]:
    return set(imported_modules(code, *arguments))


def imported_modules(code: str, *arguments: str) -> list[str]:
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    names: list[str] = json.loads(result.stdout)
    return names


def test_no_module_imports_a_heavy_package() -> None:
    assert imported(WALK, "chatbot", "pipelines") & HEAVY == set()


def test_the_app_imports_no_foundation() -> None:
    code = "import json, sys, chatbot.cli.main, chatbot.ui.page, chatbot.cli.server.web_app\nprint(json.dumps(sorted(sys.modules)))"
    assert not [
        name for name in imported_modules(code) if ".foundations" in name or name == "pipelines.foundations"
    ]


def test_the_engine_imports_no_model_runtime() -> None:
    assert imported(PLAIN) & {"gradio", "onnxruntime", "faster_whisper", "xllamacpp", "av", "cv2"} == set()
