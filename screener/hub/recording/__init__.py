"""A stretch of a hub's topics in a sealed file: recorded, disguised, and played again."""
