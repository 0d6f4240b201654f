"""Recipe `caption`: a transformer decoder on EfficientNet-Lite2's feature grid, trained on Flickr8k."""
