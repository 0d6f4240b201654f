"""Recipes of the foundations: what the article names, trained and measured on real data."""
