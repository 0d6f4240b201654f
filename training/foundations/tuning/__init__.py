"""Recipes of one family of foundations."""
