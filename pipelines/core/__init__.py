"""Types, errors, the back-end registry, verified weights and cancellation, shared by every pipeline."""
