"""One large file of the hub, into a file that goes on where an earlier try stopped."""

from __future__ import annotations

from pathlib import Path

from pipelines.core.resume import Progress, fetch


def fetch_file(
    repository: str,
    path: str,
    revision: str | None,
    part: Path,
    progress: Progress,
    endpoint: str | None = None,
    what: str = "",
) -> None:
    """Fill `part` with the bytes of a hub file that it does not have yet; nothing is verified.

    Args:
        repository: "owner/name".
        path: Of the file in the repository.
        revision: Branch, tag or commit.
        part: What an earlier try left, or a new file.
        progress: Told after every piece.
        endpoint: Address of the hub; None for `HF_ENDPOINT` or huggingface.co.
        what: Name for `progress`; `path` without one.

    Raises:
        huggingface_hub.errors.HTTPError, httpx.HTTPError, OSError: see `hub_errors.explained`.
    """
    from huggingface_hub import get_hf_file_metadata, get_token, hf_hub_url

    url = hf_hub_url(repository, path, revision=revision, endpoint=endpoint)
    get_hf_file_metadata(url)  # says why, where the hub refuses
    token = get_token()
    fetch(url, part, what or path, progress, {"Authorization": f"Bearer {token}"} if token else {})
