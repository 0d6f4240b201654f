"""Captioners and image-text matching of the Hugging Face hub."""
