"""Language models that write the reply."""
