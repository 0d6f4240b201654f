"""One small text classifier, as the ablations and the compressions keep it."""
