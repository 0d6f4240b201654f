"""Captions, questions, matching and tags on tiny random models of every architecture."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import Cancelled, EmptyInputError, MissingPackageError, ModelError, SettingsError
from pipelines.core.types import Image, Stage
from pipelines.image.decode import decode_image
from pipelines.image.huggingface.tags import LABELS
from tests.support.opened_backends import Build, Opener
from tests.support.tiny_models import pictures

ROOT = Path(__file__).resolve().parents[3]
SEEING: list[Any] = [
    pytest.param("blip", pictures.blip, id="blip"),
    pytest.param("vlm", pictures.idefics3, id="idefics3"),
    pytest.param("vlm", pictures.qwen2_vl, id="qwen2-vl"),
    pytest.param(
        "vlm",
        pictures.smolvlm,
        id="smolvlm2",
        marks=pytest.mark.skipif(find_spec("num2words") is None, reason="needs num2words"),
    ),
]


@pytest.fixture(scope="module")
def cat(samples: Path) -> Image:
    return decode_image(samples / "cat.jpg")


@pytest.fixture(scope="module")
def noise() -> Image:
    return Image(np.random.default_rng(2).integers(0, 255, (50, 70, 3), dtype=np.uint8))


@pytest.mark.parametrize(("name", "build"), SEEING)
def test_a_caption_is_a_sentence_with_a_confidence(
    opened: Opener, cat: Image, name: str, build: Build
) -> None:
    captioner = opened(Stage.CAPTION, name, build)
    found = captioner.caption(cat)
    assert found.text.endswith((".", "!", "?"))
    assert found.text[0] == found.text[0].upper()
    assert 0 < found.confidence <= 1
    assert captioner.caption(cat) == found


@pytest.mark.parametrize(("name", "build"), SEEING)
def test_an_answer_depends_on_picture_and_question(
    opened: Opener, cat: Image, noise: Image, name: str, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.image.huggingface.vlm._MOST_ANSWER_TOKENS", 20)
    captioner = opened(Stage.CAPTION, name, build)
    found = captioner.answer(cat, "what do you see in the picture")
    assert captioner.answer(cat, "what do you see in the picture") == found
    assert captioner.answer(noise, "what do you see in the picture").confidence != found.confidence
    assert captioner.answer(cat, "how are you today").confidence != found.confidence


@pytest.mark.parametrize(("name", "build"), SEEING)
def test_cancel_is_asked_before_every_token(opened: Opener, cat: Image, name: str, build: Build) -> None:
    captioner, cancel = opened(Stage.CAPTION, name, build), CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        captioner.caption(cat, cancel=cancel)
    late = StopsAtThird()
    with pytest.raises(Cancelled):
        captioner.caption(cat, cancel=late)
    assert late.asked <= 5


class StopsAtThird(CancelToken):
    """Is cancelled at the third question."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    @property
    def cancelled(self) -> bool:
        self.asked += 1
        return self.asked >= 3

    def raise_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled()


def test_a_vlm_caption_is_what_the_model_itself_generates(
    opened: Opener, noise: Image, tmp_path: Path
) -> None:
    import torch
    from PIL import Image as Pillow
    from transformers import AutoModelForImageTextToText, AutoProcessor

    pictures.qwen2_vl(tmp_path)
    found = opened(
        Stage.CAPTION, "vlm", lambda _: {"model": str(tmp_path)}, prompt="what do you see"
    ).caption(noise)
    processor = AutoProcessor.from_pretrained(tmp_path)
    net = AutoModelForImageTextToText.from_pretrained(tmp_path).eval()
    content = [
        {"type": "image", "image": Pillow.fromarray(noise.pixels)},
        {"type": "text", "text": "what do you see"},
    ]
    inputs = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=True,
        return_dict=True, return_tensors="pt",
    )  # fmt: skip
    with torch.inference_mode():
        tokens = net.generate(**inputs, max_new_tokens=60, do_sample=False)[0]
        logits = net(**{**inputs, "input_ids": tokens[None], "attention_mask": torch.ones_like(tokens[None]),
                        "mm_token_type_ids": _types(inputs, len(tokens))}).logits[0]  # fmt: skip
    first = inputs["input_ids"].shape[1]
    text = processor.tokenizer.decode(tokens[first:], skip_special_tokens=True)
    chances = logits[first - 1 : -1].log_softmax(dim=-1).gather(1, tokens[first:, None])
    assert found.text.lower().rstrip(".") == " ".join(text.split()).lower().rstrip(".")
    assert found.confidence == pytest.approx(math.exp(float(chances.mean())), abs=1e-3)


def _types(inputs: Any, length: int) -> Any:
    import torch

    given = inputs["mm_token_type_ids"]
    return torch.cat([given, torch.zeros((1, length - given.shape[1]), dtype=given.dtype)], dim=1)


def test_blip_for_questions_may_be_missing(opened: Opener, cat: Image, tmp_path: Path) -> None:
    captioner = opened(Stage.CAPTION, "blip", question_model=str(tmp_path / "nothing"))
    assert captioner.caption(cat).text
    with pytest.raises(ModelError, match="no model at this path"):
        captioner.answer(cat, "what is it")


@pytest.mark.skipif(find_spec("num2words") is not None, reason="num2words is installed")
def test_smolvlm2_names_the_package_that_it_needs(opened: Opener, tmp_path: Path) -> None:
    from transformers import SmolVLMVideoProcessor

    pictures.idefics3(tmp_path)
    SmolVLMVideoProcessor(**pictures.TILES).save_pretrained(tmp_path)
    config = json.loads((tmp_path / "processor_config.json").read_text())
    (tmp_path / "processor_config.json").write_text(
        json.dumps(config | {"processor_class": "SmolVLMProcessor"})
    )
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps(config | {"processor_class": "SmolVLMProcessor"})
    )
    with pytest.raises(MissingPackageError, match="install num2words"):
        opened(Stage.CAPTION, "vlm", lambda _: {"model": str(tmp_path)})


WITHOUT_TORCHVISION = """
import sys
from importlib.machinery import PathFinder

class Hidden(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == "torchvision" else super().find_spec(name, path, target)

sys.meta_path = [Hidden if finder is PathFinder else finder for finder in sys.meta_path]
from chatbot.config.backends import CHATBOT_TABLE
from pipelines.core.errors import MissingPackageError
from pipelines.core.registry import Registry
from pipelines.core.types import Stage
from pipelines.core.weights import WeightStore

stage = Stage.CAPTION
try:
    Registry(CHATBOT_TABLE, WeightStore(), {stage: "vlm"}, {stage: {"model": sys.argv[1]}}).get(stage)
except MissingPackageError as error:
    print(error)
"""


def test_without_torchvision_the_message_says_what_to_install(tmp_path: Path) -> None:
    pictures.qwen2_vl(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCHVISION, str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert "needs torchvision" in done.stdout, done.stdout + done.stderr
    assert "python -m pip install -r requirements.txt" in done.stdout


def test_matches_are_what_open_clip_itself_computes(opened: Opener, cat: Image, tmp_path: Path) -> None:
    import open_clip
    import torch
    from PIL import Image as Pillow

    pictures.open_clip(tmp_path)
    matcher = opened(Stage.CAPTION, "open_clip", lambda _: {"model": str(tmp_path)})
    texts = ["a cat", "a dog", "a red ball"]
    found = matcher.match(cat, texts)
    net, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{tmp_path}")
    with torch.inference_mode():
        image = net.eval().encode_image(preprocess(Pillow.fromarray(cat.pixels))[None], normalize=True)
        text = net.encode_text(open_clip.get_tokenizer(f"local-dir:{tmp_path}")(texts), normalize=True)
        cosines = (image @ text.T)[0]
        expected = (cosines * net.logit_scale.exp()).softmax(dim=0)
    assert list(found) == texts
    assert list(found.values()) == pytest.approx(expected.tolist(), abs=1e-4)
    assert matcher.similarity(cat, "a dog") == pytest.approx(float(cosines[1]), abs=1e-5)
    with pytest.raises(EmptyInputError):
        matcher.match(cat, ["a dog", " "])


def test_tags_are_the_best_of_the_labels_at_any_batch_size(opened: Opener, cat: Image) -> None:
    tags = opened(Stage.CAPTION, "open_clip").tags(cat)
    assert 1 <= len(tags) <= 3
    assert set(tags) <= set(LABELS)
    assert list(tags.values()) == sorted(tags.values(), reverse=True)
    again = opened(Stage.CAPTION, "open_clip", batch_size=7).tags(cat)
    assert list(again) == list(tags)
    own = opened(Stage.CAPTION, "open_clip", labels=["a cat"], template="{}")
    assert own.tags(cat) == {"a cat": pytest.approx(1.0)}
    assert own.caption(cat).text == "A picture of a cat."
    for options in ({"labels": []}, {"template": "no place"}, {"batch_size": 0}):
        with pytest.raises(SettingsError, match="settings for picture tags are invalid"):
            opened(Stage.CAPTION, "open_clip", **options)


def test_open_clip_without_safetensors_is_refused(opened: Opener, tmp_path: Path) -> None:
    pictures.open_clip(tmp_path)
    (tmp_path / "open_clip_model.safetensors").rename(tmp_path / "open_clip_pytorch_model.bin")
    with pytest.raises(ModelError, match="no safetensors"):
        opened(Stage.CAPTION, "open_clip", lambda _: {"model": str(tmp_path)})


def test_match_and_question_on_the_command_line(samples: Path, tmp_path: Path) -> None:
    pictures.open_clip(tmp_path)
    cat = [str(samples / "cat.jpg"), "--jsonl"]
    texts = ["--text", "a cat", "--text", "a dog"]
    done = CliRunner().invoke(
        app, ["match", *cat, "--backend", "open_clip", "--set", f"model={tmp_path}", *texts]
    )
    found = json.loads(done.stdout)
    assert list(found["matches"]) == ["a cat", "a dog"]
    assert sum(found["matches"].values()) == pytest.approx(1.0, abs=1e-5)
    assert found["tags"]
    question = ["question", *cat, "--backend", "labels", "--text", "what is it"]
    done = CliRunner().invoke(app, question)
    assert done.exit_code == 1
    assert "cannot do this" in json.loads(done.stdout)["error"]
    assert "--backend blip" in done.stdout
    done = CliRunner().invoke(app, [*question, "--set", "model=x"])
    assert done.exit_code == 2
    assert "none; choose another" in " ".join(done.stderr.replace("│", " ").split())
