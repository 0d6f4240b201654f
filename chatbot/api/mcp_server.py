"""Trio's abilities as tools of the Model Context Protocol (https://modelcontextprotocol.io), by its SDK.

Imports the package `mcp`, which takes long: other modules import this one where they need it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import AudioContent
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from chatbot.api.chat_run import unless_failed
from chatbot.api.errors import ApiError
from chatbot.api.language_codes import language_code
from chatbot.api.media_codec import from_base64, picture_of, sound_of, to_base64
from chatbot.api.perceive import RawTurn, perception, understanding
from chatbot.api.service import Service
from chatbot.api.speech import MAX_CHARACTERS, speaking
from chatbot.turn.events import Done, TurnEvent
from chatbot.turn.options import MOST_HOT_WORDS, SPEEDS
from chatbot.turn.protocols import TurnRequest
from chatbot.turn.record import reply_json
from chatbot.web.auth.identity import current_user
from pipelines.core.cancel import CancelToken
from pipelines.core.errors import TrioError
from pipelines.core.types import Stage, to_jsonable

_T = TypeVar("_T")
_PATH = 4096
_INSTRUCTIONS = (
    "Trio understands text, pictures and voices, and answers in text or aloud. Pictures and recordings "
    "are given as data URLs or as base64 of a file"
)
_FILE = "A data URL, or base64 of the file; a program on the same machine (stdio) may give a path."
_HOT_WORDS = "Names and rare words that may be said, with commas between them; empty: the settings' own."
Picture = Annotated[str, Field(description=f"A picture. {_FILE}")]
Recording = Annotated[str, Field(description=f"A recording, up to 10 minutes. {_FILE}")]
Text = Annotated[str, Field(max_length=100_000)]


def mcp_server(service: Service, *, local_files: bool = False) -> MCPServer[Any]:
    """Return the server; no model is loaded.

    Args:
        service: The API's side of Trio.
        local_files: Whether a picture or recording may be named by its path on this machine.
    """
    where = ", or by their path." if local_files else "."
    server: MCPServer[Any] = MCPServer("trio", title="Trio", version="1", instructions=_INSTRUCTIONS + where)
    tools = Tools(service, local_files)
    for tool in (
        tools.ask,
        tools.transcribe,
        tools.describe_picture,
        tools.read_text_in_picture,
        tools.find_objects_in_picture,
        tools.perceive,
    ):
        server.add_tool(tool)
    server.add_tool(tools.speak, structured_output=False)
    return server


@dataclass(frozen=True)
class Tools:
    """The tools; each waits in the same line as the page's turns.

    Attributes:
        service: The API's side of Trio.
        local_files: Whether paths are read.
    """

    service: Service
    local_files: bool

    async def ask(
        self,
        ctx: Context[Any, Any],
        text: Text = "",
        images: Annotated[list[Picture], Field(max_length=10)] = [],  # noqa: B006
        audio: Recording = "",
        instructions: Annotated[str, Field(description="How to reply.", max_length=10_000)] = "",
    ) -> dict[str, Any]:
        """Ask Trio something in words, pictures and a recording, in any combination.

        Returns the reply and what was understood: transcript, captions, text and objects in pictures,
        emotions.
        """
        raw = await self._raw(text, images, audio)
        options = self.service.settings.turn_options(speak=False, instructions=instructions)

        def work(cancel: CancelToken) -> Iterator[TurnEvent]:
            yield from unless_failed(
                self.service.run(TurnRequest(raw.decoded()), _user(ctx), cancel, options)
            )

        last = (await self._run(ctx, "ask", work))[-1]
        assert isinstance(last, Done)
        return reply_json(last.reply)

    async def transcribe(
        self,
        ctx: Context[Any, Any],
        audio: Recording,
        language: Annotated[str, Field(description="ISO 639-1 code; empty to detect it.")] = "",
        hot_words: Annotated[str, Field(description=_HOT_WORDS, max_length=MOST_HOT_WORDS)] = "",
    ) -> dict[str, Any]:
        """Turn a recording into words. Returns text, language and timed segments."""
        data = await self._bytes(audio, "audio")
        how = {"language": _code(language), "hot_words": hot_words or self.service.settings.hot_words}
        return await self._stage(
            ctx,
            "transcribe",
            Stage.TRANSCRIBE,
            lambda backend, cancel: backend.transcribe(sound_of(data, "audio"), cancel=cancel, **how),
        )

    async def describe_picture(self, ctx: Context[Any, Any], image: Picture) -> dict[str, Any]:
        """Describe a picture in one sentence. Returns the text and its confidence."""
        return await self._look(ctx, "describe_picture", image, Stage.CAPTION, "caption")

    async def read_text_in_picture(self, ctx: Context[Any, Any], image: Picture) -> dict[str, Any]:
        """Read the text in a picture. Returns all of it, and each line with its confidence and corners."""
        return await self._look(ctx, "read_text_in_picture", image, Stage.OCR, "read")

    async def find_objects_in_picture(self, ctx: Context[Any, Any], image: Picture) -> dict[str, Any]:
        """Find people, animals and everyday things in a picture. Returns labels, boxes in pixels, scores."""
        return await self._look(ctx, "find_objects_in_picture", image, Stage.DETECT, "detect")

    async def perceive(
        self,
        ctx: Context[Any, Any],
        text: Text = "",
        images: Annotated[list[Picture], Field(max_length=10)] = [],  # noqa: B006
        audio: Recording = "",
    ) -> dict[str, Any]:
        """Understand words, pictures and a recording without answering.

        Returns transcript, captions, text and objects in pictures, sentiment, emotions and all the evidence.
        """
        work = understanding(self.service, await self._raw(text, images, audio), _user(ctx))
        return perception(await self._run(ctx, "perceive", work))

    async def speak(
        self,
        ctx: Context[Any, Any],
        text: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)],
        speed: Annotated[float, Field(ge=SPEEDS[0], le=SPEEDS[1])] = 1.0,
        language: Annotated[str, Field(description="ISO 639-1 code; empty to guess it.")] = "",
    ) -> list[AudioContent]:
        """Read a text aloud. Returns a WAV file."""
        from pipelines.speech.wav import concatenate, to_wav_bytes

        name = self.service.registry.name(Stage.SPEAK)
        code = _code(language)
        chunks = await self._run(
            ctx, "speak", lambda cancel: speaking(self.service, name, text, speed, code)(cancel)
        )
        data = to_base64(to_wav_bytes(concatenate(chunks)))
        return [AudioContent(type="audio", data=data, mime_type="audio/wav")]

    async def _look(
        self, ctx: Context[Any, Any], tool: str, image: str, stage: Stage, method: str
    ) -> dict[str, Any]:
        """Let a stage look at a picture with one of its methods."""
        data = await self._bytes(image, "image")
        return await self._stage(
            ctx,
            tool,
            stage,
            lambda backend, cancel: getattr(backend, method)(picture_of(data, "image"), cancel=cancel),
        )

    async def _stage(
        self, ctx: Context[Any, Any], tool: str, stage: Stage, use: Callable[[Any, CancelToken], Any]
    ) -> dict[str, Any]:
        def work(cancel: CancelToken) -> Iterator[dict[str, Any]]:
            backend = self.service.backend(stage)
            found: dict[str, Any] = to_jsonable(use(backend, cancel))
            found.pop("encoding", None)
            yield {**found, "model": backend.model}

        (found,) = await self._run(ctx, tool, work)
        return found

    async def _run(
        self, ctx: Context[Any, Any], tool: str, work: Callable[[CancelToken], Iterator[_T]]
    ) -> list[_T]:
        """Run work in the queue for the person who calls. Raises ToolError with what they should hear."""
        try:
            return await self.service.jobs.all(f"mcp:{tool}", work, _connection(ctx))
        except ApiError as error:
            raise ToolError(error.message) from error
        except TrioError as error:
            raise ToolError(str(error)) from error

    async def _raw(self, text: str, images: Sequence[str], audio: str) -> RawTurn:
        pictures = [await self._bytes(image, f"images.{n}") for n, image in enumerate(images)]
        return RawTurn(text or None, pictures, await self._bytes(audio, "audio") if audio else None)

    async def _bytes(self, given: str, param: str) -> bytes:
        return await run_in_threadpool(self._read, given, param)

    def _read(self, given: str, param: str) -> bytes:
        if self.local_files and len(given) < _PATH and (path := _file(given)) is not None:
            return path.read_bytes()
        try:
            return from_base64(given, param)
        except ApiError as error:
            what = "neither a file here nor base64" if self.local_files else "not base64"
            raise ToolError(f"{param} is {what}.") from error


def _connection(ctx: Context[Any, Any]) -> HTTPConnection | None:
    """Return the request that a tool is called with; None over standard input."""
    request = ctx.request_context.request
    return HTTPConnection(request.scope) if isinstance(request, HTTPConnection) else None


def _user(ctx: Context[Any, Any]) -> str | None:
    connection = _connection(ctx)
    return current_user(connection) if connection is not None else None


def _code(language: str) -> str | None:
    try:
        return language_code(language)
    except ApiError as error:
        raise ToolError(error.message) from error


def _file(name: str) -> Path | None:
    try:
        path = Path(name).expanduser()
        return path if path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None
