"""Text classifiers of the Hugging Face hub."""
