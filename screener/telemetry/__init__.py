"""What a running worker tells of itself: logs and metrics, neither with personal data."""
