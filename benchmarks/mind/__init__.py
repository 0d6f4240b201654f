"""How well a model of the replies knows, counts, remembers, looks and behaves: `python -m benchmarks.mind`."""
