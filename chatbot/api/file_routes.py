"""/v1/files (https://platform.openai.com/docs/api-reference/files): pictures and recordings to talk about."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile
from starlette.responses import FileResponse, Response

from chatbot.api.errors import ApiError
from chatbot.api.file_store import FileStore, NoFileError, StoredFile
from chatbot.api.schemas_replies import ERRORS, FileDeleted, FileList, FileObject
from chatbot.api.service import Service
from chatbot.web.auth.identity import LOCAL, current_user
from chatbot.web.error_responses import clean

Purpose = Literal["vision", "user_data", "assistants"]
_HOUR = 3600
_MOST_SECONDS = 30 * 24 * _HOUR
_Id = Annotated[str, Path(description="The id that an upload was given.")]
_ANSWERS: dict[int | str, dict[str, Any]] = {code: ERRORS[code] for code in (401, 403, 404, 429)}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file as it was uploaded.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/*", "audio/*", "application/octet-stream")
        },
    },
    **_ANSWERS,
}


def files_router(service: Service) -> APIRouter:
    """Return the routes. Somebody else's file and one that is not there get the same answer."""
    router = APIRouter(prefix="/files")

    @router.post("", response_model=FileObject, responses=ERRORS)
    def upload(
        request: Request,
        file: Annotated[UploadFile, File(description="A picture or a recording, up to 50 MB.")],
        purpose: Annotated[Purpose, Form(description="It makes no difference here.")],
        anchor: Annotated[Literal["created_at"] | None, Form(alias="expires_after[anchor]")] = None,
        seconds: Annotated[
            int | None, Form(alias="expires_after[seconds]", ge=_HOUR, le=_MOST_SECONDS)
        ] = None,
    ) -> Any:
        """Keep a file, to be named by its id in messages."""
        del anchor
        name = clean(file.filename or "file")
        return _object(_store(service).add(_owner(request), name, purpose, file.file, seconds))

    @router.get("", response_model=FileList, responses={**_ANSWERS, 400: ERRORS[400]})
    def show_all(
        request: Request,
        after: Annotated[str | None, Query(description="The last id of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
        order: Literal["asc", "desc"] = "desc",
        purpose: str | None = None,
    ) -> Any:
        """List the files that are kept, by the time of their upload."""
        found = [f for f in _store(service).all(_owner(request)) if purpose in (None, f.purpose)]
        if order == "desc":
            found.reverse()
        if after:
            found = found[_place_of(after, found) + 1 :]
        page = found[:limit]
        return {
            "object": "list",
            "data": [_object(file) for file in page],
            "first_id": page[0].id if page else None,
            "last_id": page[-1].id if page else None,
            "has_more": len(found) > limit,
        }

    @router.get("/{file_id}", response_model=FileObject, responses=_ANSWERS)
    def show(request: Request, file_id: _Id) -> Any:
        """Tell about a file."""
        return _object(_store(service).get(_owner(request), file_id))

    @router.get("/{file_id}/content", response_class=Response, responses=_CONTENT)
    def content(request: Request, file_id: _Id) -> Response:
        """Return a file as it was uploaded."""
        store, owner = _store(service), _owner(request)
        file = store.get(owner, file_id)
        return FileResponse(store.path(owner, file_id), media_type=file.media_type, headers=_headers(file))

    @router.delete("/{file_id}", response_model=FileDeleted, responses=_ANSWERS)
    def delete(request: Request, file_id: _Id) -> Any:
        """Remove a file."""
        _store(service).delete(_owner(request), file_id)
        return {"id": file_id, "object": "file", "deleted": True}

    return router


def _store(service: Service) -> FileStore:
    if service.files is None:
        why = "This server keeps nothing (its setting `history` is off), and takes no uploads."
        raise ApiError(403, why, "files_off")
    return service.files


def _owner(request: Request) -> str:
    return current_user(request) or LOCAL


def _place_of(file_id: str, files: list[StoredFile]) -> int:
    for place, file in enumerate(files):
        if file.id == file_id:
            return place
    raise NoFileError("The file was not found", given=file_id[:80])


def _object(file: StoredFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": int(file.created),
        "expires_at": int(file.expires),
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
    }


def _headers(file: StoredFile) -> dict[str, str]:
    """Whatever a file holds, a browser must not run it."""
    return {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(file.name, safe='')}",
    }
