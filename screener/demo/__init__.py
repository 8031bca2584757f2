"""The demo: a fresh installation in a folder, a hub's traffic through it, and the account of both."""
