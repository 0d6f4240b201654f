"""The page's part of the voice call: an overlay that listens, shows and plays."""
