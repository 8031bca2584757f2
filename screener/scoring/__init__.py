"""The model: load and verify it, run it on prepared pictures, show what it saw."""
