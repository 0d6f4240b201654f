"""Transcribers, voices and speech emotion of the Hugging Face hub."""
