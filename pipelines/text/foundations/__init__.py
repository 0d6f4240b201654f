"""Foundation models of this modality, for learning and comparing; the app imports none of them."""
