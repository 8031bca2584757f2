"""Why an image is refused: the stable codes that its dead letter is counted by."""

from __future__ import annotations

from enum import StrEnum

from screener.errors import BadInput


class ImageFault(StrEnum):
    """A reason code; `EXPLAINED` has one line on each."""

    EMPTY = "image_empty"
    FORMAT = "image_format"
    CONTENT_TYPE = "image_content_type"
    CORRUPT = "image_corrupt"
    TOO_LARGE = "image_too_large"
    TOO_SMALL = "image_too_small"
    TOO_MANY_PAGES = "image_too_many_pages"
    SHAPE = "image_shape"
    BIT_DEPTH = "image_bit_depth"
    ENCODING = "image_encoding"
    ENERGY = "image_energy"
    PITCH_TOO_COARSE = "pitch_too_coarse"
    PITCH_INVALID = "pitch_invalid"
    PITCH_CONFLICT = "pitch_conflict"
    CRASHED = "image_crashed"
    MEMORY = "image_memory"
    TIMEOUT = "image_timeout"


EXPLAINED: dict[ImageFault, str] = {
    ImageFault.EMPTY: "the value has no bytes",
    ImageFault.FORMAT: "the first bytes are those of no format that is read (JPEG, PNG, TIFF, DICOS)",
    ImageFault.CONTENT_TYPE: "the declared content type is not that of the bytes",
    ImageFault.CORRUPT: "the file is cut short, damaged, or contradicts itself",
    ImageFault.TOO_LARGE: "more bytes, pixels or pixels a side than the limits allow",
    ImageFault.TOO_SMALL: "the picture covers too little of the belt to show anything",
    ImageFault.TOO_MANY_PAGES: "more pages or frames than the limits allow, or an animation",
    ImageFault.SHAPE: "pages differ in size, or channels are neither grey nor RGB",
    ImageFault.BIT_DEPTH: "samples are neither 8 nor 16 bits wide",
    ImageFault.ENCODING: "a variant of the format that is not read (CMYK, float, turned, a codec)",
    ImageFault.ENERGY: "the pixels do not fit the declared energy (single: one page; dual: colour or a pair)",
    ImageFault.PITCH_TOO_COARSE: "pixels are too large on the object for a cigarette to be seen",
    ImageFault.PITCH_INVALID: "the pixel pitch is not a positive number of mm",
    ImageFault.PITCH_CONFLICT: "the pixel pitch is another than the file itself states",
    ImageFault.CRASHED: "the decoder ended or failed on this image",
    ImageFault.MEMORY: "decoding wanted more memory than the limit",
    ImageFault.TIMEOUT: "decoding took longer than the limit",
}


def refused(fault: ImageFault, detail: str) -> BadInput:
    """The error to raise for `fault`; `detail` says where, expected, got."""
    return BadInput(fault.value, detail)


class Distrusted(BadInput):
    """Bad input that may have left the process that read it in disorder: better to start a fresh one."""
