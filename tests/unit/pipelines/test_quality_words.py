"""Text classifiers, labels, devices, missing packages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.device import choose, running
from pipelines.core.errors import (
    BackendError,
    EmptyInputError,
    MissingPackageError,
    ModelError,
    SettingsError,
)
from pipelines.core.hub_backend import opening
from pipelines.core.hub_card import card_languages
from pipelines.core.labels import SENTIMENTS, TEXT_EMOTIONS, VOICE_EMOTIONS, Relabel
from pipelines.core.types import Stage
from tests.support.opened_backends import Opener
from tests.support.tiny_models import chat, words

TEXT = "I am happy and you are sad"


def logits(folder: Path, text: str) -> Any:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    net = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        return net(**AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")).logits[0]


def test_sentiment_is_what_the_model_computes(opened: Opener, tmp_path: Path) -> None:
    words.sentiment(tmp_path)
    negative, positive = logits(tmp_path, TEXT).softmax(dim=0).tolist()
    found = opened(Stage.SENTIMENT, "transformers", lambda _: {"model": str(tmp_path)}).classify(TEXT)
    assert found.label == ("positive" if positive > negative else "negative")
    assert found.score == pytest.approx(max(positive, negative), abs=1e-5)


def test_ratings_become_sides_and_the_middle_is_neutral(opened: Opener, tmp_path: Path) -> None:
    words.stars(tmp_path)
    one, two, three, four, five = logits(tmp_path, TEXT).softmax(dim=0).tolist()
    found = opened(Stage.SENTIMENT, "transformers", lambda _: {"model": str(tmp_path)}).classify(TEXT)
    sides = {"negative": one + two, "neutral": three, "positive": four + five}
    assert found.scores == pytest.approx(sides, abs=1e-5)
    assert found.label == max(sides, key=sides.__getitem__) and found.score == found.scores[found.label]


def test_labels_that_say_nothing_must_be_named(opened: Opener) -> None:
    with pytest.raises(ModelError, match=r"None of the classifier's labels.*LABEL_0.*labels = "):
        opened(Stage.SENTIMENT, "transformers", words.nameless)
    named = {"LABEL_0": "negative", "LABEL_1": "positive"}
    swapped = {"LABEL_0": "positive", "LABEL_1": "negative"}
    one = opened(Stage.SENTIMENT, "transformers", words.nameless, labels=named).classify(TEXT)
    other = opened(Stage.SENTIMENT, "transformers", words.nameless, labels=swapped).classify(TEXT)
    assert {one.label, other.label} == {"positive", "negative"}
    assert one.score == pytest.approx(other.score)
    with pytest.raises(ModelError, match="LABEL_7 = negative"):
        opened(Stage.SENTIMENT, "transformers", words.nameless, labels={"LABEL_7": "negative"})


def test_emotions_keep_the_names_that_trio_lacks(opened: Opener, tmp_path: Path) -> None:
    words.emotion(tmp_path)
    classifier = opened(Stage.TEXT_EMOTION, "transformers", lambda _: {"model": str(tmp_path)})
    found = classifier.classify(TEXT)
    assert list(found.scores) == ["sadness", "joy", "love", "anger", "fear", "surprise", "curiosity"]
    assert list(found.scores.values()) == pytest.approx(
        logits(tmp_path, TEXT).softmax(dim=0).tolist(), abs=1e-5
    )
    assert found.confidence == found.scores[found.label] == max(found.scores.values())
    with pytest.raises(EmptyInputError):
        classifier.classify(" <b></b> ")
    assert sum(classifier.classify("word " * 5000).scores.values()) == pytest.approx(1.0)


def test_what_is_no_classifier_is_refused(opened: Opener) -> None:
    with pytest.raises(ModelError, match=r"missing weights.*score\.weight"):
        opened(Stage.SENTIMENT, "transformers", chat.llama)


def test_pickled_weights_are_refused(opened: Opener, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    words.sentiment(tmp_path)
    torch.save(load_file(tmp_path / "model.safetensors"), tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"cannot be opened.*safetensors"):
        opened(Stage.SENTIMENT, "transformers", lambda _: {"model": str(tmp_path)})


def test_code_that_comes_with_a_model_is_not_run(opened: Opener, tmp_path: Path) -> None:
    import json

    words.sentiment(tmp_path)
    ran = tmp_path / "ran"
    code = f"from pathlib import Path\nPath({str(ran)!r}).touch()\nclass Net: ...\n"
    (tmp_path / "modeling.py").write_text(code)
    config = json.loads((tmp_path / "config.json").read_text())
    config |= {
        "model_type": "strange",
        "auto_map": {"AutoConfig": "modeling.Net", "AutoModel": "modeling.Net"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="cannot be opened"):
        opened(Stage.SENTIMENT, "transformers", lambda _: {"model": str(tmp_path)})
    assert not ran.exists()


@pytest.mark.parametrize(
    ("names", "labels", "expected"),
    [
        (VOICE_EMOTIONS, ["neu", "hap", "ang", "sad"], ["neutral", "happy", "angry", "sad"]),
        (VOICE_EMOTIONS, ["Angry", "Fearful", "ps"], ["angry", "fearful", "surprised"]),
        (TEXT_EMOTIONS, ["joy", "SADNESS", "admiration"], ["joy", "sadness", "admiration"]),
        (SENTIMENTS, ["NEGATIVE", "neutral", "POSITIVE"], ["negative", "neutral", "positive"]),
    ],
)
def test_names_of_labels(names: Any, labels: list[str], expected: list[str]) -> None:
    chances = [0.5, 0.3, 0.1, 0.1][: len(labels)]
    found = Relabel(labels, names)(chances)
    assert list(found.scores) == expected
    assert (found.label, found.confidence) == (expected[0], 0.5)


def test_devices_and_number_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert str(choose()) == "cpu, float32"
    assert choose("cpu", "bfloat16").torch_dtype is torch.bfloat16
    for device, dtype in (("tpu", "auto"), ("cpu", "int4"), ("cuda", "auto"), ("mps", "auto")):
        with pytest.raises(SettingsError):
            choose(device, dtype)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert str(choose()) == "mps, float16"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    assert str(choose("cuda:1")) == "cuda:1, float16"
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert str(choose()) == "cuda, bfloat16"
    with pytest.raises(SettingsError, match="cuda:0, cuda:1"):
        choose("cuda:2")


def test_a_full_device_says_what_to_do() -> None:
    import torch

    with pytest.raises(BackendError, match=r"enough memory for tiny.*smaller batch_size"), running("tiny"):
        raise torch.OutOfMemoryError("CUDA out of memory")
    with running("tiny"):
        assert not torch.ones(1, requires_grad=True).mul(2).requires_grad


@pytest.mark.parametrize(
    ("error", "package"),
    [
        (ModuleNotFoundError("No module named 'einops'", name="einops"), "install einops"),
        (
            ImportError("Package `num2words` is required. Install it with `pip install num2words`."),
            "num2words",
        ),
        (ImportError("X requires the Torchvision library but it was not found"), "torchvision"),
        (RuntimeError("operator torchvision::nms does not exist"), "torchvision"),
        (OSError("lib/libtorchaudio.so: undefined symbol: _ZN3c10"), "torchaudio"),
        (ImportError("SentencePiece library was not found; SentencePiece"), "install sentencepiece"),
    ],
)
def test_a_package_that_is_missing_or_does_not_load_is_named(error: Exception, package: str) -> None:
    with pytest.raises(MissingPackageError, match=package), opening("tiny"):
        raise error


def test_other_errors_are_about_the_model() -> None:
    with pytest.raises(ModelError, match=r"tiny cannot be opened.*KeyError"), opening("tiny"):
        raise KeyError("hidden_size")
    with pytest.raises(ModelError, match="already said"), opening("tiny"):
        raise ModelError("already said")


@pytest.mark.parametrize(
    ("card", "name", "expected"),
    [
        ("---\nlanguage:\n- en\n- zh-CN\n---\n", "x", ("en", "zh")),
        ("---\nlanguage: deu\n---\n", "x", ("de",)),
        ("---\nlicense: mit\n---\n", "mms-tts-fra", ("fr",)),
        ("no front matter", "x", ()),
        (None, "bert-base", ()),
    ],
)
def test_languages_of_a_card(tmp_path: Path, card: str | None, name: str, expected: tuple[str, ...]) -> None:
    folder = tmp_path / name
    folder.mkdir()
    if card is not None:
        (folder / "README.md").write_text(card)
    assert card_languages(folder) == expected


def test_weights_that_are_missing_are_not_made_up(opened: Opener, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    words.sentiment(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    del state["classifier.weight"]
    save_file(state, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"missing weights.*classifier\.weight"):
        opened(Stage.SENTIMENT, "transformers", lambda _: {"model": str(tmp_path)})


def test_models_opened_at_the_same_time_do_not_disturb_each_other(opened: Opener, tmp_path: Path) -> None:
    folders = [tmp_path / str(index) for index in range(6)]
    for folder in folders:
        folder.mkdir()
        words.sentiment(folder)
    expected = logits(folders[0], TEXT).softmax(dim=0).max()
    with ThreadPoolExecutor(len(folders)) as pool:
        opening_all = [
            pool.submit(opened, Stage.SENTIMENT, "transformers", lambda _, f=folder: {"model": str(f)})
            for folder in folders
        ]
        scores = [job.result().classify(TEXT).score for job in opening_all]
    assert scores == pytest.approx([float(expected)] * len(folders), abs=1e-5)
