"""What back-ends on hub models share: where the model comes from, where it runs, what its errors say."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from pipelines.core.device import Placement, choose, free_memory
from pipelines.core.errors import BackendError, MissingPackageError, ModelError, ModelMissingError, TrioError
from pipelines.core.hub import Hub
from pipelines.core.hub_request import TRANSFORMERS_FILES, HubRequest, local_path
from pipelines.core.programs import trio_command
from pipelines.core.registry import Registry
from pipelines.core.said import said

INSTALL = trio_command("full")
_ADVICE = re.compile(r"pip install ([A-Za-z][\w.-]*)")
_ONE_AT_A_TIME = threading.Lock()
_PAIRED = ("torchvision", "torchaudio")
_OPTIONAL = (
    *_PAIRED,
    "sentencepiece",
    "protobuf",
    "phonemizer",
    "accelerate",
    "bitsandbytes",
    "tiktoken",
    "pillow",
)
_OPTIONAL_NAMES = re.compile(rf"\b(?:lib)?({'|'.join(_OPTIONAL)})\b", re.IGNORECASE)


class HubBackend(ABC):
    """A back-end on a model of the hub or of a folder.

    Args:
        registry: Its store's cache holds the lock files.
        model: "owner/name" on the hub, or a folder; None for the class's default.
        revision: Branch, tag or commit.
        device: "auto", "cuda", "cuda:1", "mps" or "cpu".
        dtype: "auto", "float32", "bfloat16" or "float16".
        offline: False lets `load` download what is missing, after it has told size and licence.
    """

    default: ClassVar[str]
    files: ClassVar[tuple[str, ...]] = TRANSFORMERS_FILES

    def __init__(
        self,
        registry: Registry,
        *,
        model: str | None = None,
        revision: str | None = None,
        device: str = "auto",
        dtype: str = "auto",
        offline: bool = True,
    ) -> None:
        self.request = HubRequest(model or self.default, revision, self.files)
        self._hub = Hub.beside(registry.store.cache)
        self._device, self._dtype, self._offline = device, dtype, offline
        self._placement: Placement | None = None
        self._lock = threading.Lock()
        self._net: Any = None
        self.model = short_name(self.request.model)

    def load(self) -> None:
        """Verify and open the model.

        Raises:
            ModelError, SettingsError: for a model or a device that cannot be used.
            MissingPackageError: where the model needs a package that is missing or does not load.
        """
        folder, placement = self._find(), self._place()
        with opening(self.model):
            self._open(folder, placement)
        self._placement = placement

    def unload(self) -> None:
        """Free the model."""
        self._placement = None
        self._close()
        free_memory()

    def require_loaded(self) -> None:
        """Raise BackendError before `load` and after `unload`."""
        if self._placement is None:
            raise BackendError(
                said("The model {model} is not loaded", model=self.model),
                fix=said("Load it through the registry"),
            )

    def _find(self) -> Path:
        return find(self._hub, self.request, self._offline)

    def _place(self) -> Placement:
        return choose(self._device, self._dtype)

    @abstractmethod
    def _open(self, folder: Path, placement: Placement) -> None:
        """Read the model; what the libraries raise is explained by `opening`."""

    def _close(self) -> None:
        self._net = None


def short_name(model: str) -> str:
    """Return the last part of a hub id or path: what people call the model."""
    return Path(model).name or model


def find(hub: Hub, request: HubRequest, offline: bool) -> Path:
    """Return the verified folder of `request`; without `offline`, one that is missing is got.

    Raises:
        ModelError: if it cannot be had.
    """
    local_path(request.model)  # says so where a path leads nowhere
    try:
        return hub.folder(request)
    except ModelMissingError:
        if offline:
            raise
        listing = hub.look_up(request)
        print(listing, file=sys.stderr)
        return hub.get(request, listing)


def open_pretrained(kind: Any, folder: Path, placement: Placement, **options: Any) -> Any:
    """Return a transformers model on its device: files of this machine, safetensors, no code of the model's.

    Args:
        kind: Class of transformers.
        folder: Verified files.
        placement: Device and number format.
        **options: Further ones of `from_pretrained`; with a `device_map` the model stays where it puts it.

    Raises:
        ModelError: if the files lack weights of the model, which would stay random numbers.
    """
    net, report = kind.from_pretrained(
        folder,
        dtype=placement.torch_dtype,
        local_files_only=True,
        use_safetensors=True,
        trust_remote_code=False,
        output_loading_info=True,
        **options,
    )
    if lacking := sorted(report["missing_keys"]):
        raise ModelError(
            said(
                "The files of {folder} are missing weights of {part}",
                folder=folder.name,
                part=type(net).__name__,
            ),
            given=f"{len(lacking)} missing, such as {lacking[0]}",
            fix=said("Choose a model trained for this stage"),
        )
    return net.eval() if "device_map" in options else net.to(placement.device).eval()


@contextlib.contextmanager
def opening(model: str) -> Iterator[None]:
    """Turn what libraries raise over a model's files into MissingPackageError or ModelError.

    One model is opened at a time: transformers changes torch's default number format and initialisers
    while it does.
    """
    try:
        with _ONE_AT_A_TIME:
            yield
    except TrioError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())
        package = _needed_package(error, text)
        if package in _PAIRED:
            raise _paired(model, package, text) from error
        if package is not None:
            command = f"python -m pip install {package}"
            raise MissingPackageError(
                said("The model {model} needs the package {package}", model=model, package=package),
                given=text[:200],
                fix=said("Install it with: {command}", command=command),
            ) from error
        raise ModelError(
            said("The model {model} cannot be opened", model=model),
            given=f"{type(error).__name__}: {text[:300]}",
            fix=said("Check that it is a model for this stage, with safetensors weights"),
        ) from error


def _needed_package(error: Exception, text: str) -> str | None:
    """Return the optional package whose absence, or whose compiled part, made the error."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return error.name.partition(".")[0]
    compiled = isinstance(error, RuntimeError | OSError) and ("::" in text or "undefined symbol" in text)
    if not isinstance(error, ImportError) and not compiled:
        return None
    if advice := _ADVICE.search(text):
        return advice.group(1)
    found = _OPTIONAL_NAMES.search(text)
    return found.group(1).lower() if found else None


def _paired(model: str, package: str, text: str) -> MissingPackageError:
    import torch

    return MissingPackageError(
        said(
            "The model {model} needs {package}, which is missing or was built for another version of torch",
            model=model,
            package=package,
        ),
        given=f"torch {torch.__version__}; {text[:200]}",
        fix=said("Install matching versions: {command}", command=INSTALL),
    )
