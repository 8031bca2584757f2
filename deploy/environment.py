"""Makes the virtual environment that a make target needs; a second run finds it ready and is quick.

    python3 deploy/environment.py run     what runs Screener: demo, workers, `screener score`
    python3 deploy/environment.py test    and the tools for `make check test`

Plain Python and its standard library alone, so that it runs before anything is installed. Versions
come from the lock files beside it, checked by their hashes. PyTorch is needed by the lab alone; it is
taken from the folder SCREENER_WHEELS (default ../shared/wheels) where there is one, and left out elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "deploy" / "locks"
WHEELS = Path(os.environ.get("SCREENER_WHEELS", str(ROOT.parent / "shared" / "wheels")))
TORCH = "torch==2.13.0"
OLDEST = (3, 11)


def main() -> None:
    """Bring the environment of the named kind up to date, or end with one line that says what is missing."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if sys.version_info < OLDEST:
        fail(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}: "
            "install it, then `make PYTHON=python3.11 ...`"
        )
    make_venv()
    with_lab = kind == "test" and WHEELS.is_dir() and any(WHEELS.glob("torch-*"))
    install(kind, with_lab)
    check_opencv()
    if kind == "test" and not with_lab and not has("torch"):
        print("PyTorch is not installed: tests of the lab are skipped (pip install 'screener[lab]')")


def make_venv() -> None:
    if (VENV / "bin" / "python").exists():
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        fail("this Python has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv)")
    print("making the virtual environment .venv", flush=True)
    run([sys.executable, "-m", "venv", str(VENV)])


def install(kind: str, with_lab: bool) -> None:
    """Install what the lock files name, unless the stamp says that it is there already."""
    locks = [LOCKS / "run.txt"] if kind == "run" else [LOCKS / "test.txt"]
    if with_lab:
        locks.append(LOCKS / "lab.txt")
    wanted = stamp_of([*locks, ROOT / "pyproject.toml"])
    stamp = VENV / f".ready-{kind}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"installing what `{kind}` needs into .venv (once)", flush=True)
    if with_lab:
        pip("install", "--find-links", str(WHEELS), TORCH)
    for lock in locks:
        pip("install", "--require-hashes", "--no-deps", "-r", str(lock))
    pip("install", "--no-deps", "-e", str(ROOT))
    stamp.write_text(wanted)


def stamp_of(paths: list[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def check_opencv() -> None:
    """opencv-python wants shared libraries that slim machines lack."""
    found = subprocess.run(
        [str(VENV / "bin" / "python"), "-c", "import cv2"], capture_output=True, text=True, check=False
    )
    if found.returncode != 0:
        reason = found.stderr.strip().splitlines()[-1] if found.stderr.strip() else "no reason given"
        fail(
            f"OpenCV cannot be loaded ({reason}): install its system libraries "
            "(Debian, Ubuntu: apt-get install libgl1 libglib2.0-0)"
        )


def has(module: str) -> bool:
    command = [str(VENV / "bin" / "python"), "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pip(*arguments: str) -> None:
    run([str(VENV / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])


def run(command: list[str]) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        fail(f"this failed, see above: {' '.join(command)}")


def fail(text: str) -> None:
    print(f"screener: {text}", file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
