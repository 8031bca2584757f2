"""Images made here, good and hostile. Hostile ones are small files that promise or hide a lot."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.uint8] | NDArray[np.uint16]


def scene(rows: int = 96, cols: int = 128, seed: int = 0) -> NDArray[np.uint8]:
    """Something like a scan: white belt with soft coloured blobs [rows, cols, 3]."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (rows, cols, 3), dtype=np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    soft[: rows // 5] = 255
    return np.asarray(soft, np.uint8)


def encoded(pixels: Array, suffix: str, *options: int) -> bytes:
    """`pixels` (RGB) as OpenCV writes them."""
    flipped = pixels[..., ::-1] if pixels.ndim == 3 and pixels.shape[2] == 3 else pixels
    return bytes(cv2.imencode(suffix, np.ascontiguousarray(flipped), list(options))[1].tobytes())


def pair_tiff(low: Array, high: Array, compression: int = 8) -> bytes:
    options = [cv2.IMWRITE_TIFF_COMPRESSION, compression]
    return bytes(cv2.imencodemulti(".tiff", [low, high], options)[1].tobytes())


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """`picture` as Pillow writes it."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(cols: int, rows: int, bits: int, colour: int, body: bytes, *, extra: bytes = b"") -> bytes:
    """A PNG that says what it is told to say, whatever its data."""
    header = struct.pack(">IIBBBBB", cols, rows, bits, colour, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@cache
def deflate_bomb(inflated_mib: int) -> bytes:
    """Zeros without end, about a thousandth in size."""
    squeeze = zlib.compressobj(9)
    parts = [squeeze.compress(bytes(1 << 20)) for _ in range(inflated_mib)]
    return b"".join(parts) + squeeze.flush()


def tiff_of(*directories: Sequence[tuple[int, int, int, int]], nexts: Sequence[int] = ()) -> bytes:
    """A little-endian TIFF of these directories of (tag, type, count, value or place), and nothing else.

    `nexts` gives each directory's pointer to the next by number, -1 for the end.
    """
    starts, at = [], 8
    for fields in directories:
        starts.append(at)
        at += 2 + 12 * len(fields) + 4
    nexts = nexts or [*range(1, len(directories)), -1]
    data = b"II*\x00" + struct.pack("<I", 8)
    for fields, following in zip(directories, nexts, strict=True):
        data += struct.pack("<H", len(fields))
        data += b"".join(struct.pack("<HHII", *field) for field in fields)
        data += struct.pack("<I", starts[following] if following >= 0 else 0)
    return data


def tiff_page(
    cols: int,
    rows: int,
    *,
    bits: int = 8,
    offset: int = 8,
    length: int = 64,
    more: Sequence[tuple[int, int]] = (),
) -> list[tuple[int, int, int, int]]:
    """One grey strip of that size."""
    plain = {256: cols, 257: rows, 258: bits, 259: 1, 262: 1, 277: 1, 278: rows, 273: offset, 279: length}
    return [(tag, 4, 1, value) for tag, value in sorted((plain | dict(more)).items())]


def jpeg_with_size(data: bytes, cols: int, rows: int) -> bytes:
    """A JPEG whose frame header lies about its size."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", rows, cols) + data[at + 4 :]


def hostile() -> dict[str, tuple[bytes, str, str]]:
    """By name: bytes, declared content type, and the one reason code that must come back."""
    picture = scene()
    grey = np.ascontiguousarray(picture[:, :, 0])
    jpeg, png, tiff = (encoded(picture, suffix) for suffix in (".jpg", ".png", ".tiff"))
    pillow = Image.fromarray(picture)
    progressive = saved(pillow, "JPEG", progressive=True)
    jpg, pn, tif = "image/jpeg", "image/png", "image/tiff"
    bomb = deflate_bomb(64)
    cases: dict[str, tuple[bytes, str, str]] = {
        "empty": (b"", jpg, "image_empty"),
        "one byte": (b"\xff", jpg, "image_format"),
        "text": (b"<html>not an image</html>", jpg, "image_format"),
        "gif": (saved(pillow, "GIF"), "image/gif", "image_format"),
        "webp": (saved(pillow, "WEBP"), "image/webp", "image_format"),
        "bmp": (encoded(picture, ".bmp"), "image/bmp", "image_format"),
        "bigtiff": (b"II+\x00\x08\x00\x00\x00" + bytes(64), tif, "image_encoding"),
        "jpeg declared png": (jpeg, pn, "image_content_type"),
        "png declared jpeg": (png, jpg, "image_content_type"),
        "dicos declared": (png, "application/dicos", "image_content_type"),
        "nothing declared": (png, "", "image_content_type"),
        # promises far beyond the limits, with next to no data
        "png bomb": (png_of(30_000, 30_000, 8, 2, zlib.compress(b"")), pn, "image_too_large"),
        "png bomb of 2^31": (png_of(2**31 - 1, 2**31 - 1, 16, 6, b""), pn, "image_too_large"),
        "jpeg bomb": (jpeg_with_size(jpeg, 30_000, 30_000), jpg, "image_too_large"),
        "tiff bomb": (tiff_of(tiff_page(30_000, 30_000)), tif, "image_too_large"),
        "tiff bomb of 2^32": (tiff_of(tiff_page(2**32 - 1, 2**32 - 1)), tif, "image_too_large"),
        "1 x 100,000": (png_of(1, 100_000, 8, 0, b""), pn, "image_too_large"),
        "100,000 x 1": (png_of(100_000, 1, 8, 0, b""), pn, "image_too_large"),
        "beyond the model": (encoded(np.zeros((4000, 4000), np.uint8), ".png"), pn, "image_too_large"),
        "a speck": (encoded(grey[:8, :8], ".png"), pn, "image_too_small"),
        "too many bytes": (jpeg + bytes(33 << 20), jpg, "image_too_large"),
        # cut short or damaged
        "jpeg half": (jpeg[: len(jpeg) // 2], jpg, "image_corrupt"),
        "jpeg without end": (jpeg[:-2], jpg, "image_corrupt"),
        "jpeg half with a false end": (jpeg[: len(jpeg) // 2] + b"\xff\xd9", jpg, "image_corrupt"),
        "jpeg with a tail of zeros": (
            jpeg[: len(jpeg) // 2] + bytes(len(jpeg) // 2) + b"\xff\xd9",
            jpg,
            "image_corrupt",
        ),
        "progressive half": (progressive[: len(progressive) // 2], jpg, "image_corrupt"),
        "jpeg head only": (jpeg[:20], jpg, "image_corrupt"),
        "jpeg without picture": (b"\xff\xd8\xff\xd9", jpg, "image_corrupt"),
        "jpeg of two frames": (
            jpeg[:2] + jpeg[jpeg.index(b"\xff\xc0") :][:19] + jpeg[2:],
            jpg,
            "image_corrupt",
        ),
        "png half": (png[: len(png) // 2], pn, "image_corrupt"),
        "png without end": (png[:-12], pn, "image_corrupt"),
        "png bad crc": (png[: len(png) // 2] + b"\x55\xaa" + png[len(png) // 2 + 2 :], pn, "image_corrupt"),
        "png too little data": (png_of(128, 96, 8, 2, zlib.compress(bytes(99))), pn, "image_corrupt"),
        "png no header": (png[:8] + png_chunk(b"IEND", b""), pn, "image_corrupt"),
        "png of 0 x 0": (png_of(0, 0, 8, 2, b""), pn, "image_corrupt"),
        "png unknown colour": (png_of(128, 96, 8, 5, b""), pn, "image_corrupt"),
        "tiff half": (tiff[: len(tiff) // 2], tif, "image_corrupt"),
        "tiff strip beyond the end": (tiff_of(tiff_page(128, 96, length=128 * 96)), tif, "image_corrupt"),
        "tiff too little data": (tiff_of(tiff_page(128, 96)), tif, "image_corrupt"),
        "tiff directory loop": (
            tiff_of(tiff_page(128, 96), nexts=[0]),
            tif,
            "image_corrupt",
        ),
        "tiff loop of two": (
            tiff_of(tiff_page(128, 96), tiff_page(128, 96), nexts=[1, 0]),
            tif,
            "image_corrupt",
        ),
        "tiff no directory": (b"II*\x00" + bytes(60), tif, "image_corrupt"),
        "tiff directory beyond": (b"MM\x00*\x7f\xff\xff\xff" + bytes(60), tif, "image_corrupt"),
        "tiff absurd count": (
            tiff_of([(256, 4, 2**32 - 1, 8), *tiff_page(128, 96)[1:]]),
            tif,
            "image_corrupt",
        ),
        "tiff tag twice": (tiff_of([*tiff_page(128, 96), *tiff_page(128, 96)]), tif, "image_corrupt"),
        # variants that are not read
        "cmyk jpeg": (saved(pillow.convert("CMYK"), "JPEG"), jpg, "image_encoding"),
        "apng": (
            saved(pillow, "PNG", save_all=True, append_images=[pillow.rotate(90)]),
            pn,
            "image_too_many_pages",
        ),
        "tiff of three pages": (
            saved(pillow, "TIFF", save_all=True, append_images=[pillow, pillow]),
            tif,
            "image_too_many_pages",
        ),
        "colour pair": (saved(pillow, "TIFF", save_all=True, append_images=[pillow]), tif, "image_shape"),
        "unequal pair": (
            saved(Image.fromarray(grey), "TIFF", save_all=True, append_images=[Image.fromarray(grey[:50])]),
            tif,
            "image_shape",
        ),
        "1-bit png": (saved(pillow.convert("1"), "PNG"), pn, "image_bit_depth"),
        "1-bit tiff": (tiff_of(tiff_page(128, 96, bits=1)), tif, "image_bit_depth"),
        "float tiff": (encoded(grey.astype(np.float32), ".tiff"), tif, "image_encoding"),  # type: ignore[arg-type]
        "white is zero": (tiff_of(tiff_page(128, 96, more=[(262, 0)])), tif, "image_encoding"),
        "turned tiff": (tiff_of(tiff_page(128, 96, more=[(274, 6)])), tif, "image_encoding"),
        "jpeg in tiff": (saved(pillow, "TIFF", compression="jpeg"), tif, "image_encoding"),
        "png deflate bomb in a comment": (
            png_of(128, 96, 8, 0, b"", extra=png_chunk(b"zTXt", b"a\x00\x00" + bomb)),
            pn,
            "image_corrupt",
        ),
    }
    return cases


def good() -> dict[str, tuple[bytes, str]]:
    """By name: images that must be read, with their content type."""
    picture = scene()
    grey = np.ascontiguousarray(picture[:, :, 0])
    deep = grey.astype(np.uint16) * 257
    deep_colour = picture.astype(np.uint16) * 257
    endless = deflate_bomb(64)
    pillow = Image.fromarray(picture)
    jpg, pn, tif = "image/jpeg", "image/png", "image/tiff"
    return {
        "colour jpeg": (encoded(picture, ".jpg"), jpg),
        "grey jpeg": (encoded(grey, ".jpg"), jpg),
        "progressive jpeg": (saved(pillow, "JPEG", progressive=True), jpg),
        "jpeg with restarts": (encoded(picture, ".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 4), jpg),
        "jpeg with a tail": (encoded(picture, ".jpg") + b"maker's notes", jpg),
        "jpeg with exif": (saved(pillow, "JPEG", exif=b"Exif\x00\x00" + bytes(40), comment=b"\xff\xd9"), jpg),
        "type with a parameter": (encoded(picture, ".jpg"), "Image/JPEG; q=1"),
        "colour png": (encoded(picture, ".png"), pn),
        "grey png": (encoded(grey, ".png"), pn),
        "16-bit png": (encoded(deep, ".png"), pn),
        "16-bit colour png": (encoded(deep_colour, ".png"), pn),
        "palette png": (saved(pillow.convert("P"), "PNG"), pn),
        "palette png with a hole": (saved(pillow.convert("P"), "PNG", transparency=3), pn),
        "png with alpha": (saved(pillow.convert("RGBA"), "PNG"), pn),
        "grey png with alpha": (saved(pillow.convert("LA"), "PNG"), pn),
        "grey png with a hole": (saved(pillow.convert("L"), "PNG", transparency=3), pn),
        "interlaced palette png": (saved(pillow.convert("P"), "PNG", interlace=1), pn),
        # small outside, endless inside: only what was announced is ever inflated
        "png deflate bomb": (png_of(128, 96, 8, 0, endless), pn),
        "colour tiff": (encoded(picture, ".tiff"), tif),
        "colour tiff without compression": (saved(pillow, "TIFF"), tif),
        "grey 16-bit tiff": (encoded(deep, ".tiff"), tif),
        "8-bit pair": (pair_tiff(grey, grey), tif),
        "16-bit pair": (pair_tiff(deep, deep, compression=1), tif),
        "16-bit pair, LZW": (pair_tiff(deep, deep, compression=5), tif),
    }
