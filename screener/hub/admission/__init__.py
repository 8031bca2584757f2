"""Letting a hub in and out: its topics, rights, password and files."""
