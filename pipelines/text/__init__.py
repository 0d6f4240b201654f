"""Text: cleaning, language, embeddings, classifiers."""
