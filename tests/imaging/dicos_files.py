"""DICOS files of given pixels, as pydicom writes them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from tests.imaging.corpus import Array

DX_FOR_PROCESSING = "1.2.840.10008.5.1.4.1.1.501.2.2"


def data_set(pixels: Array, syntax: str = ExplicitVRLittleEndian, **elements: Any) -> Dataset:
    """A data set of grey [H, W], RGB [H, W, 3] or a pair [2, H, W]; `elements` by keyword come on top."""
    colour = pixels.ndim == 3 and pixels.shape[2] == 3
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = syntax
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID = DX_FOR_PROCESSING
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID = "1.2.3"
    found.Rows, found.Columns = pixels.shape[:2] if colour else pixels.shape[-2:]
    if pixels.ndim == 3 and not colour:
        found.NumberOfFrames = pixels.shape[0]
    found.SamplesPerPixel = 3 if colour else 1
    found.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        found.PlanarConfiguration = 0
    found.BitsAllocated = found.BitsStored = pixels.dtype.itemsize * 8
    found.HighBit = found.BitsStored - 1
    found.PixelRepresentation = 0
    raw = pixels.tobytes()
    found.add_new("PixelData", "OW", raw + bytes(len(raw) % 2))
    for keyword, value in elements.items():
        setattr(found, keyword, value)
    return found


def written(found: Dataset) -> bytes:
    """The data set as a file."""
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, found, enforce_file_format=True)
    return buffer.getvalue()


def dicos(pixels: Array, syntax: str = ExplicitVRLittleEndian, **elements: Any) -> bytes:
    """A DICOS file of these pixels."""
    return written(data_set(pixels, syntax, **elements))


def encapsulated(pixels: Array, syntax: str, frames: list[bytes], **elements: Any) -> bytes:
    """A DICOS file whose frames are packed already."""
    found = data_set(pixels, syntax)
    found.PixelData = pydicom.encaps.encapsulate(frames)
    found["PixelData"].VR = "OB"
    found["PixelData"].is_undefined_length = True
    for keyword, value in elements.items():
        setattr(found, keyword, value)
    return written(found)


def as_pydicom_reads(data: bytes) -> Array:
    """The pixels by pydicom's own decoder."""
    return np.asarray(pydicom.dcmread(io.BytesIO(data)).pixel_array)
