"""Training of Trio's own models: data, recipes, metrics. Never imported by the chatbot."""
