"""What travels on the topics: wire types, their checks, and CloudEvents in Kafka's binary mode."""
