"""The MCP server, through the SDK's own client: in this process, over HTTP behind the gate, over stdio."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from chatbot.api import mcp_http
from chatbot.api.mcp_server import mcp_server
from chatbot.api.routes import service_of
from chatbot.config.settings import load_settings
from chatbot.turn.engine import Chatbot
from pipelines.core.errors import BackendError
from pipelines.core.types import Stage
from pipelines.speech.decode import decode_audio
from tests.support.api_server import png, registry, served, wav
from tests.support.event_loops import in_a_loop

TOOLS = {"ask", "transcribe", "describe_picture", "read_text_in_picture", "find_objects_in_picture", "speak"}
TOOLS |= {"perceive"}
PICTURE, VOICE = base64.b64encode(png()).decode(), base64.b64encode(wav()).decode()
ROOT = Path(__file__).resolve().parents[3]
STDIO = """
import sys
from chatbot.cli import mcp
from chatbot.turn import engine
from chatbot.config.settings import load_settings
from tests.support.api_server import registry
whole = engine.Chatbot
engine.Chatbot = lambda settings: whole(settings, registry())
print("a library that prints")
mcp.serve_stdio(load_settings())
"""


def ask(server: Any, use: Callable[[Client], Awaitable[None]]) -> None:
    async def main() -> None:
        async with Client(server) as client:
            await use(client)

    in_a_loop(main())


def local(folder: Path, *, local_files: bool = False, **options: Any) -> Any:
    settings = load_settings(data_dir=folder)
    return mcp_server(
        service_of(Chatbot(settings, registry(options or None)), settings, None), local_files=local_files
    )


async def everything(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == TOOLS
    assert all(tool.description for tool in tools.values())
    found = await client.call_tool("ask", {"text": "Hi", "images": [PICTURE], "audio": VOICE})
    assert found.structured_content["reply"] == "Hello there. How are you?"
    assert found.structured_content["captions"] == ["A cat on a mat."]
    heard = await client.call_tool("transcribe", {"audio": VOICE, "language": "fr"})
    assert (heard.structured_content["text"], heard.structured_content["language"]) == ("I am here.", "fr")
    assert len(heard.structured_content["segments"]) == 2 and "encoding" not in heard.structured_content
    seen = await client.call_tool("describe_picture", {"image": f"data:image/png;base64,{PICTURE}"})
    assert seen.structured_content == {"text": "A cat on a mat.", "confidence": 0.7, "model": "scripted"}
    read = await client.call_tool("read_text_in_picture", {"image": PICTURE})
    assert read.structured_content["text"] == ""
    found = await client.call_tool("find_objects_in_picture", {"image": PICTURE})
    assert found.structured_content["objects"] == [] and found.structured_content["width"] > 0
    perceived = await client.call_tool("perceive", {"text": "Hi", "audio": VOICE})
    assert perceived.structured_content["fused"]["label"]
    spoken = await client.call_tool("speak", {"text": "Hello.", "speed": 1.5})
    assert decode_audio(base64.b64decode(spoken.content[0].data)).seconds >= 0.01
    assert spoken.content[0].mime_type == "audio/wav"


def test_every_tool_in_this_process(tmp_path: Path) -> None:
    ask(local(tmp_path), everything)


def test_names_to_listen_for_are_those_of_the_call_or_the_settings(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, hot_words="Siobhan")
    chatbot = Chatbot(settings, registry())

    async def use(client: Client) -> None:
        for given, listened in (({}, "Siobhan"), ({"hot_words": "Loft, 陆小满"}, "Loft, 陆小满")):
            await client.call_tool("transcribe", {"audio": VOICE, **given})
            assert chatbot.registry.get(Stage.TRANSCRIBE).hot_words == listened

    ask(mcp_server(service_of(chatbot, settings, None)), use)


def test_what_goes_wrong_is_told_to_the_model(tmp_path: Path) -> None:
    picture = tmp_path / "red.png"
    picture.write_bytes(png())

    async def use(client: Client) -> None:
        for name, given, said in (
            ("ask", {}, "empty"),
            ("describe_picture", {"image": "/etc/hostname"}, "not base64"),
            ("describe_picture", {"image": str(picture)}, "not base64"),
            ("describe_picture", {"image": "AAAA"}, "not a readable picture"),
            ("transcribe", {"audio": "AAAA"}, "not a readable recording"),
            ("speak", {"text": "\U0001f600"}, "nothing to read aloud"),
            ("speak", {"text": "Hi", "speed": 9}, "less than or equal to 2"),
            ("read_text_in_picture", {"image": PICTURE}, "No reader"),
            ("ask", {"text": "word " * 1500}, "too long"),
        ):
            result = await client.call_tool(name, given)
            assert result.is_error, name
            assert said in result.content[0].text, (name, result.content[0].text)

    options: Any = {Stage.OCR: {"error": BackendError("No reader")}}
    settings = load_settings(data_dir=tmp_path)
    ask(mcp_server(service_of(Chatbot(settings, registry(options)), settings, None)), use)


def test_a_path_counts_only_on_the_same_machine(tmp_path: Path) -> None:
    picture = tmp_path / "red.png"
    picture.write_bytes(png())

    async def use(client: Client) -> None:
        seen = await client.call_tool("describe_picture", {"image": str(picture)})
        assert seen.structured_content["text"] == "A cat on a mat."

    ask(local(tmp_path, local_files=True), use)


def test_over_http_behind_the_gate(tmp_path: Path) -> None:
    with served(tmp_path, accounts=True, turns_per_minute=7) as trio:
        refused = httpx.post(f"{trio.url}/mcp", json={})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        foreign = httpx.post(f"{trio.url}/mcp", json={}, headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403

        async def use() -> None:
            headers = {"Authorization": f"Bearer {trio.key}"}
            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(f"{trio.url}/mcp", http_client=http)) as client,
            ):
                await everything(client)
                late = await client.call_tool("ask", {"text": "Hi"})
                assert late.is_error and "Try again in" in late.content[0].text

        in_a_loop(use())


def test_over_stdio(tmp_path: Path) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", STDIO],
        cwd=ROOT,
        env={"TRIO_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
    )
    ask(server, everything)


def test_without_the_package_the_way_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_http, "PACKAGE", "no_such_package")
    with served(tmp_path) as trio:
        answer = httpx.post(f"{trio.url}/mcp", json={})
        assert answer.status_code == 501
        assert "pip install mcp" in answer.json()["detail"]
    assert json.loads(answer.text)["error"]["type"] == "server_error"
