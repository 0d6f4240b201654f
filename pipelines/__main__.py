"""`python -m pipelines`."""

from pipelines.cli import app
from pipelines.core.memory import return_freed_memory

if __name__ == "__main__":
    return_freed_memory()
    app(prog_name="python -m pipelines")
