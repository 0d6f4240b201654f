"""Speech: decoding, transcription, emotion, voices."""
