"""Emotion of a voice from Whisper's encoder and the prosody."""
