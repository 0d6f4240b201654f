"""The Gradio page behind a guard: all that depends on routes of Gradio that are its own affair."""
