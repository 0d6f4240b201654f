"""Pictures: decoding, features, descriptions, text in pictures."""
