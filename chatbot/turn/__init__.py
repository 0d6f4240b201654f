"""One turn, from input to spoken reply. No HTTP, no Gradio, no database."""
