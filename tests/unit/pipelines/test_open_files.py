"""A file is written whole or not at all."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from pipelines.core.errors import InputError
from pipelines.core.open_files import atomic_file
from pipelines.core.types import Audio
from pipelines.speech.wav import write_wav

SOUND = Audio(np.zeros(100, np.float32), 8000)


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_bytes(b"old")
    with atomic_file(target) as file:
        file.write(b"new")
        file.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new" and list(tmp_path.iterdir()) == [target]


def test_what_fails_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_file(target) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old" and list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_the_mode_is_the_one_asked_for(mode: int, tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a", mode) as file:
        file.write(b"secret")
        (part,) = tmp_path.iterdir()
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"), atomic_file(tmp_path / "absent" / "a"):
        pass
    with pytest.raises(InputError, match="The WAV file cannot be written"):
        write_wav(tmp_path / "absent" / "a.wav", [SOUND])


def test_a_sound_of_another_rate_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="different sample rates"):
        write_wav(tmp_path / "a.wav", [SOUND, Audio(SOUND.samples, 16_000)])
    assert not list(tmp_path.iterdir())
    assert write_wav(tmp_path / "a.wav", [SOUND, SOUND]) == 0.025
