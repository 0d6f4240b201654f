"""Accounts, logins and their throttle."""
