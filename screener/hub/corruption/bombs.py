"""Small image files written by hand, among them such as announce far more than they hold."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
UNSIGNED, FLOAT = 1, 3


def png(cols: int, rows: int, *, rows_held: int | None = None) -> bytes:
    """A grey 8-bit PNG that announces `cols` x `rows` and holds the first `rows_held` of its rows, black."""
    header = struct.pack(">IIBBBBB", cols, rows, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    held = b"".join(packer.compress(bytes(cols + 1)) for _ in range(rows if rows_held is None else rows_held))
    chunks = ((b"IHDR", header), (b"IDAT", held + packer.flush()), (b"IEND", b""))
    return PNG_MAGIC + b"".join(_chunk(kind, body) for kind, body in chunks)


def tiff(cols: int, rows: int, *, pages: int = 1, sample_format: int = UNSIGNED) -> bytes:
    """A grey TIFF whose pages announce `cols` x `rows`, and share one strip of 256 black bytes."""
    bits = 32 if sample_format == FLOAT else 8
    at = 8 + 256
    data = struct.pack("<2sHI", b"II", 42, at) + bytes(256)
    for page in range(pages):
        tags = (
            (256, cols),
            (257, rows),
            (258, bits),
            (259, 1),
            (262, 1),
            (273, 8),
            (277, 1),
            (278, rows),
            (279, 256),
            (339, sample_format),
        )
        at += 2 + 12 * len(tags) + 4
        fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        data += struct.pack("<H", len(tags)) + fields + struct.pack("<I", at if page < pages - 1 else 0)
    return data


def jpeg(cols: int, rows: int) -> bytes:
    """A grey JPEG that announces `cols` x `rows` and holds a picture of 16 x 16."""
    done, small = cv2.imencode(".jpg", np.zeros((16, 16), np.uint8))
    assert done
    data = small.tobytes()
    frame = data.index(b"\xff\xc0")  # marker, length (2), bits (1), rows (2), columns (2)
    return data[: frame + 5] + struct.pack(">HH", rows, cols) + data[frame + 9 :]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
