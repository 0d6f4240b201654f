"""Models over two modalities."""
