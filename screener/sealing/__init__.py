"""Personal data: sealed so that only those with a key can read it, hashed so that it links unread."""
