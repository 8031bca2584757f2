"""Images outside of the log: the write-once store of what was flagged, and the hubs' references."""
