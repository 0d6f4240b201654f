"""Trio's page: one chat that takes text, pictures and voice, and answers in text and voice."""
