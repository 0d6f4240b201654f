"""What a person's conversations hold, as files: pictures, recordings, voices, exports. Theirs alone."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from chatbot.history import HistoryError, NotFoundError, StoredMedia
from chatbot.history.conversation_stores import ConversationStores
from chatbot.history.export_archive import export_archive
from chatbot.web.auth.identity import LOCAL, current_user
from chatbot.web.error_responses import refusal
from chatbot.web.media_links import Size
from pipelines.core.errors import TrioError

SIDES: dict[Size, int] = {"small": 320, "large": 1280}
_CACHED = 256
_MISSING = "Not found"
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
"""A file keeps its content for ever. Whatever it holds, a browser must not run it."""


def media_router(stores: ConversationStores) -> APIRouter:
    """Return the routes. Somebody else's file and one that is not there get the same answer."""
    router = APIRouter()
    drawn = lru_cache(maxsize=_CACHED)(_draw)

    @router.get("/media/{media}")
    def media(media: str, request: Request) -> Response:
        try:
            record = stores.media(_user(request), media)
        except NotFoundError:
            return refusal(404, _MISSING)
        if not record.path.is_file():
            return refusal(404, _MISSING)
        return FileResponse(record.path, media_type=record.media_type, headers=_headers(record))

    @router.get("/media/{media}/{size}.webp")
    def picture(media: str, size: Size, request: Request) -> Response:
        try:
            content = drawn(stores.media(_user(request), media).path, SIDES[size])
        except (TrioError, OSError):
            return refusal(404, _MISSING)
        return Response(content, media_type="image/webp", headers=_HEADERS)

    @router.get("/export")
    def export(request: Request, conversation: str | None = None) -> Response:
        if stores.kept is None:
            return refusal(404, _MISSING)
        folder = tempfile.TemporaryDirectory(prefix="trio-export-")
        target = Path(folder.name) / "trio-conversations.zip"
        try:
            export_archive(stores.kept, _user(request), target, conversation)
        except NotFoundError:
            folder.cleanup()
            return refusal(404, _MISSING)
        except HistoryError as error:
            folder.cleanup()
            return refusal(500, str(error))
        return FileResponse(
            target,
            media_type="application/zip",
            filename=target.name,
            headers={"Cache-Control": "no-store"},
            background=BackgroundTask(folder.cleanup),
        )

    return router


def _user(request: Request) -> str:
    return current_user(request) or LOCAL


def _headers(record: StoredMedia) -> dict[str, str]:
    return {**_HEADERS, "Content-Disposition": f"inline; filename*=utf-8''{quote(record.name, safe='')}"}


def _draw(path: Path, side: int) -> bytes:
    """Return a picture as WebP, at most `side` pixels wide and high. Its path names its content."""
    import io

    from PIL import Image as Pillow

    from pipelines.image.decode import decode_image

    picture = Pillow.fromarray(decode_image(path).pixels)
    picture.thumbnail((side, side))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=82)
    return out.getvalue()
