"""Sixty hubs with one mistake each, and sound ones: what `screener hub check` makes of them."""
