"""The folder gateway under fire: killed with -9, its link cut, its disk full, at random.

    python -m bench.gateway --files 10000

Files are written into a watched folder while `screener hub publish` is killed and started again, the proxy
between it and a real Kafka broker cuts its connections or swallows what they carry, and the disk under
folder and outbox runs full. At the end each file lies among the sent or the refused, each message lies in
its topic once, and `screener run` (with a model that only looks at darkness) decides each parcel once.
"""
