"""The hands-free voice call: speak, pause, hear the answer, speak over it to stop it."""
