"""Trio's pipelines: one modality a folder, each stage usable alone, as a library and as a command."""
