"""The log port, its two implementations (Apache Kafka, SQLite), and the runner of stages."""
