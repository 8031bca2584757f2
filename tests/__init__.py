"""Tests of Screener, two processes at once and more: each computes on one processor.

The libraries for matrices would share every small product out to all processors and wait for each
other in a loop: several times the work, and most of it on processors that others need.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(name, "1")  # read when numpy, PyTorch and OpenCV are imported
