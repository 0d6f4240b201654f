"""The pictures and recordings of a person's request: inside it, or uploaded before and named by their ids."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.api.errors import ApiError, api_error
from chatbot.api.file_store import FileStore, NoFileError
from chatbot.api.media_codec import from_base64, picture, picture_of, sound_of
from chatbot.api.schemas_chat import FileInput
from chatbot.web.auth.identity import LOCAL
from pipelines.core.types import Audio, Image

FILE_ID = "file-"


@dataclass(frozen=True)
class Attachments:
    """Finds what a request names.

    Attributes:
        files: What has been uploaded; None where nothing is kept.
        user: Whose request it is; the files of others are not found.
    """

    files: FileStore | None = None
    user: str | None = None

    def picture(self, url: str, param: str) -> Image:
        """Return the picture of a data URL or of an uploaded file's id. Raises ApiError."""
        if url.startswith(FILE_ID):
            return picture_of(self.uploaded(url, param), param)
        return picture(url, param)

    def file(self, given: FileInput, param: str) -> Image | Audio:
        """Return the picture or the recording that a file holds. Raises ApiError."""
        if given.file_id is not None:
            data = self.uploaded(given.file_id, f"{param}.file_id")
        elif given.file_data is not None:
            data = from_base64(given.file_data, f"{param}.file_data")
        else:
            why = "A file needs `file_id` or `file_data`."
            raise ApiError(400, why, "missing_required_parameter", param)
        return _picture_or_sound(data, param)

    def uploaded(self, file_id: str, param: str) -> bytes:
        """Return the bytes of an uploaded file. Raises ApiError."""
        try:
            if self.files is None:
                raise NoFileError("This server does not store uploaded files", given=file_id[:80])
            return self.files.path(self.user or LOCAL, file_id).read_bytes()
        except NoFileError as error:
            raise api_error(error, param) from error
        except OSError as error:
            raise ApiError(404, "The file has just been deleted.", "file_not_found", param) from error


def _picture_or_sound(data: bytes, param: str) -> Image | Audio:
    """Decode a file as what it is; one that is too large as either says so."""
    try:
        return picture_of(data, param)
    except ApiError as error:
        if error.code != "invalid_image":
            raise
    try:
        return sound_of(data, param)
    except ApiError as error:
        if error.code != "invalid_audio":
            raise
    why = "The file is neither a picture nor a recording that can be read."
    raise ApiError(400, why, "unsupported_file", param)
