"""Text to speech: hibari for English, the espeak-ng program for other languages, and their router."""
