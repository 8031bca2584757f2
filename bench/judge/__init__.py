"""The judge: an insertion engine of its own origin, used to judge detectors and never to teach them.

    python -m bench.judge SCANS_DIR OUT_DIR --pitch-mm 0.9 --pitch bags=0.75 --each 10 --seed 1 --with-clean

It lays cigarettes, loose tobacco and e-cigarettes over ordinary scans. It shares no code with the lab's
simulator and insertion engine on purpose: loads are voxel volumes summed along the beam, colours are taken
from the scan's own pixels. A detector that learnt the habits of the lab's engine gains nothing here.
"""
