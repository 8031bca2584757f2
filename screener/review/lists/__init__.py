"""Tips, senders and licences as they are entered here and published to their topics."""
