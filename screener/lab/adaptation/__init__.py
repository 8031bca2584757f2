"""Adaptation: a shipped model made at home on one scanner, from its ordinary scans."""
