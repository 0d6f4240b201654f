"""Foundation models over two modalities, for learning and comparing; the app imports none of them."""
