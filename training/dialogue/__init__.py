"""Recipe `dialogue`: a LoRA adapter that teaches SmolLM2-135M-Instruct Trio's turns."""
