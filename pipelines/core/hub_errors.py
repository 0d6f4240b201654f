"""What the hub's client raises, in Trio's words."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import Any

from pipelines.core.errors import ModelError, ModelMissingError
from pipelines.core.said import said


@contextlib.contextmanager
def explained(repository: str, revision: str | None) -> Iterator[None]:
    """Turn the errors of `huggingface_hub` into ModelError with a cause and a fix."""
    import httpx
    from huggingface_hub import errors

    hub: Any = errors  # its base class of transport errors depends on the version

    try:
        yield
    except hub.GatedRepoError as error:
        raise ModelError(
            said(
                "The owners of {repository} require you to accept their terms before downloading",
                repository=repository,
            ),
            fix=said(
                "Accept the terms at huggingface.co/{repository}, run: hf auth login, then try again",
                repository=repository,
            ),
        ) from error
    except hub.RepositoryNotFoundError as error:
        raise ModelError(
            said("The hub has no model {repository}, or the model is private", repository=repository),
            fix=said("Check the name; for a private model, run: hf auth login"),
        ) from error
    except hub.RevisionNotFoundError as error:
        raise ModelError(
            said("{repository} has no revision with that name", repository=repository),
            given=repr(revision),
            fix=said("Use a branch, a tag or a commit"),
        ) from error
    except hub.OfflineModeIsEnabled as error:
        raise ModelMissingError(
            said("{repository} cannot be downloaded while offline", repository=repository),
            given=said("HF_HUB_OFFLINE is set"),
            fix=said("Unset HF_HUB_OFFLINE, or use a folder on this computer"),
        ) from error
    except hub.LocalEntryNotFoundError as error:
        raise _unreachable(repository, error) from error
    except (hub.HTTPError, httpx.HTTPError, OSError) as error:
        if getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:
            raise ModelError(
                said("The disk is full: {repository} could not be downloaded", repository=repository),
                fix=said("Free up disk space and try again: the download will resume where it stopped"),
            ) from error
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError):
            raise ModelError(
                said("The files of {repository} could not be written", repository=repository),
                given=str(error)[:160],
            ) from error
        raise _unreachable(repository, error) from error


def _unreachable(repository: str, error: Exception) -> ModelError:
    reason = " ".join(str(error.__cause__ or error).split())[:160]
    return ModelError(
        said("The hub could not be reached to download {repository}", repository=repository),
        given=reason or type(error).__name__,
        fix=said("Check the network and try again: the download will resume where it stopped"),
    )
