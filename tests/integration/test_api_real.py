"""The API on real weights, through the official client."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from chatbot.config.settings import load_settings
from pipelines.speech.decode import decode_audio
from tests.support.event_loops import in_a_loop
from tests.support.served_api import served_api

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("registry")  # skipped where the models have not been pulled


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = load_settings(data_dir=tmp_path_factory.mktemp("api"), history=False)
    with served_api(settings) as address:
        yield address


def test_the_whole_api_on_real_models(url: str, samples: Path) -> None:
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=250)
    cat, voice = (samples / "cat.jpg").read_bytes(), (samples / "jfk.flac").read_bytes()
    picture = {
        "type": "image_url",
        "image_url": {"url": f"data:image/jpeg;base64,{base64.b64encode(cat).decode()}"},
    }
    sound = {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(voice).decode(), "format": "flac"},
    }
    asked: Any = [
        {"role": "user", "content": [{"type": "text", "text": "What animal is it?"}, picture, sound]}
    ]
    chunks = list(
        client.chat.completions.create(
            model="trio", messages=asked, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    about: Any = chunks[-2].trio  # type: ignore[attr-defined]
    assert text.strip()
    assert "cat" in about["captions"][0] and "country" in about["transcript"]
    assert chunks[-1].usage is not None
    assert 0 < chunks[-1].usage.completion_tokens < chunks[-1].usage.prompt_tokens

    short: Any = client.chat.completions.create(
        model="trio",
        messages=[
            *asked,
            {"role": "assistant", "content": text},
            {"role": "user", "content": "Tell me about dogs."},
        ],
        max_tokens=5,
        modalities=["text", "audio"],
        audio={"voice": "auto", "format": "mp3"},
    )
    assert short.choices[0].finish_reason == "length"
    assert short.usage.completion_tokens == 5
    assert decode_audio(base64.b64decode(short.choices[0].message.audio.data)).seconds > 0.2

    heard: Any = client.audio.transcriptions.create(
        model="trio", file=("jfk.flac", voice), response_format="verbose_json"
    )
    assert heard.language == "en" and heard.segments[0].end > 5
    found: Any = list(client.audio.transcriptions.create(model="trio", file=("jfk.flac", voice), stream=True))
    assert "".join(event.delta for event in found[:-1]) == found[-1].text == heard.text
    said = client.audio.speech.create(model="trio", voice="auto", input="Good morning, how are you?").read()
    again = client.audio.transcriptions.create(model="trio", file=("said.mp3", said))
    assert "morning" in again.text
    made = client.embeddings.create(
        model="trio", input=["A cat sleeps.", "A kitten naps.", "Stock prices fell."]
    )
    one, two, three = (item.embedding for item in made.data)
    assert len(one) == 384 and made.usage.total_tokens > 9
    assert sum(a * b for a, b in zip(one, two, strict=True)) > sum(
        a * b for a, b in zip(one, three, strict=True)
    )
    seen = httpx.post(f"{url}/v1/perceive", files={"images": ("cat.jpg", cat)}, timeout=250).json()
    assert "cat" in seen["captions"][0]


def test_the_command_for_assistants_on_real_models(samples: Path, tmp_path: Path) -> None:
    async def main() -> None:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "chatbot", "mcp"],
            cwd=ROOT,
            env={"TRIO_DATA_DIR": str(tmp_path), "HOME": str(Path.home())},
        )
        async with Client(server) as client:
            seen = await client.call_tool("describe_picture", {"image": str(samples / "cat.jpg")})
            assert "cat" in seen.structured_content["text"]

    in_a_loop(main())
