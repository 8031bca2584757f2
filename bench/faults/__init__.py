"""The fault rig: parcels with known content through real workers on a real log, while things break.

    make faults                 100,000 parcels and 100 faults on Apache Kafka (resumable)
    make faults SHORT=1         a few of each kind
    python -m bench.faults --log sqlite
    python -m bench.faults --break no-fencing --only zombie      must end non-zero

`traffic` is what is sent and what must come of it, `workers` the processes, `points` what stops or slows
them at a chosen place, `faults` what befalls them, `reading` what is read while it runs and `verdict` what
must be true of it all afterwards.
"""
