"""Whether the converted weights of the plain way are the packaged ones: they hear and write the same."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers_turns import CLIPS
from benchmarks.peers_weights import GENERATOR, WHISPER, gguf_file
from pipelines.core.assets import SAMPLES
from pipelines.speech.decode import decode_audio

PROMPTS = (
    "Hi!",
    "What is the capital of France?",
    "Name three animals.",
    "Tell me a short story about a cat.",
    "What can I cook with eggs?",
    "Why is the sky blue?",
    "Write one sentence about the sea.",
    "How many legs does a spider have?",
)
TOKENS = 24


def check(folder: Path) -> dict[str, Any]:
    """Return how well Whisper hears, how far transformers and llama.cpp agree, and torch's build."""
    import torch

    return {
        "torch": torch.__version__,
        "whisper": check_whisper(folder),
        "generator": check_generator(folder),
    }


def check_whisper(folder: Path) -> dict[str, Any]:
    """Return openai-whisper's word error rate on the English samples, and what it heard."""
    import jiwer
    import whisper
    from whisper.normalizers import EnglishTextNormalizer

    model, normal = whisper.load_model(str(folder / WHISPER), device="cpu"), EnglishTextNormalizer()
    rows = [line.split("\t") for line in (SAMPLES / "transcripts.tsv").read_text("utf-8").splitlines()]
    truth = {name: normal(text) for name, _, text in rows if name in CLIPS}
    heard = {
        name: model.transcribe(decode_audio(SAMPLES / name).samples, fp16=False)["text"].strip()
        for name in truth
    }
    rate = jiwer.wer(list(truth.values()), [normal(heard[name]) for name in truth])
    return {"word_error_rate": round(float(rate), 4), "heard": heard}


def check_generator(folder: Path) -> dict[str, Any]:
    """Compare greedy replies of transformers (float32) and llama.cpp (4-bit weights, 8-bit activations)."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / GENERATOR)
    model, server = AutoModelForCausalLM.from_pretrained(folder / GENERATOR), _llama()
    equal, lengths, apart, same_prompts = [], [], [], 0
    for prompt in PROMPTS:
        given = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        with torch.inference_mode():
            likely = model(**given).logits[0, -1].log_softmax(-1)
            ours = model.generate(**given, do_sample=False, max_new_tokens=TOKENS)[0]
        reply = ours[given["input_ids"].shape[1] :].tolist()
        ids = given["input_ids"][0].tolist()
        written = server.handle_completions(
            {"prompt": ids, "max_tokens": TOKENS, "temperature": 0.0, "n_probs": 1}
        )["choices"][0]["logprobs"]["content"]
        same_prompts += _prompt_tokens(server, prompt) == len(ids)
        lengths.append(min(len(reply), len(written)))
        equal.append(common_prefix(reply, [token["id"] for token in written]))
        apart.append(abs(written[0]["logprob"] - float(likely[written[0]["id"]])))
    return {
        "prompts": len(PROMPTS),
        "prompts_of_the_same_length": same_prompts,
        "equal_tokens": equal,
        "of_tokens": lengths,
        "first_token_log_probability_apart": round(max(apart), 3),
    }


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens are the same from the start."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _prompt_tokens(server: Any, prompt: str) -> int:
    request = {"messages": [{"role": "user", "content": prompt}], "max_tokens": 1}
    found: int = server.handle_chat_completions(request)["usage"]["prompt_tokens"]
    return found


def _llama() -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(gguf_file())
    params.n_ctx = 1024
    params.verbosity = -1
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.api_keys = [secrets.token_hex(32)]
    return xllamacpp.Server(params)
