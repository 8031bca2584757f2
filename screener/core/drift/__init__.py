"""Whether a scanner still is what it was: figures of its scans, compared with its commissioning."""
