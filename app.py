"""Starts Trio's page: `python app.py`. Also the entry of a Hugging Face Space."""

from __future__ import annotations

import sys


def main() -> int:
    """Serve the page until the program is interrupted; return the exit code."""
    from chatbot.cli.server.serve import serve
    from chatbot.config.settings import load_settings
    from pipelines.core.errors import TrioError
    from pipelines.core.memory import return_freed_memory

    return_freed_memory()
    try:
        serve(load_settings())
    except TrioError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
