"""Every command of `python -m chatbot`, and what they put together."""
