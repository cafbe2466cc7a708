"""Arrays with a JSON header in one file, which a typed array of JavaScript can look at where it lies.

``b"SSEM"``, the header's length as uint32 (little-endian, like all numbers), the header, and the arrays, each
at a multiple of eight bytes from the file's beginning. ``header["arrays"]`` maps a name to
``[dtype, offset, shape]``. ``functions/edge/model/packed.ts`` reads the same.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sabiscore.errors import BadBundle
from sabiscore.untrusted import untrusted

MAGIC = b"SSEM"
DTYPES = ("uint8", "int32", "float32", "float64")
_ALIGNED = 8
_PREFIX = struct.Struct("<4sI")

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Packed:
    """A JSON ``header`` and named ``arrays`` of any shape, each of one of DTYPES."""

    header: Mapping[str, Any]
    arrays: Arrays = field(repr=False)

    def to_bytes(self) -> bytes:
        """The file; the same bytes for the same content. Raises ValueError for an array of another dtype."""
        listed: dict[str, tuple[str, int, tuple[int, ...]]] = {}
        body = bytearray()
        for name, array in sorted(self.arrays.items()):
            if array.dtype.name not in DTYPES:
                raise ValueError(f"{name} is {array.dtype.name}, none of {', '.join(DTYPES)}")
            body.extend(bytes(-len(body) % _ALIGNED))
            listed[name] = (array.dtype.name, len(body), array.shape)
            body.extend(
                np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
            )
        text = json.dumps({**self.header, "arrays": listed}, allow_nan=False).encode()
        text += b" " * (-(len(text) + _PREFIX.size) % _ALIGNED)
        return _PREFIX.pack(MAGIC, len(text)) + text + bytes(body)


def unpack(data: bytes) -> Packed:
    """What ``Packed.to_bytes`` wrote. Raises BadBundle for anything else."""
    with untrusted(BadBundle, "The packed arrays cannot be read"):
        magic, length = _PREFIX.unpack_from(data)
        if magic != MAGIC:
            raise ValueError("not packed arrays")
        begin = _PREFIX.size + length
        header = json.loads(data[_PREFIX.size : begin])
        arrays = {}
        for name, (dtype, offset, shape) in header.pop("arrays").items():
            if dtype not in DTYPES:
                raise ValueError(f"{name} is {dtype}")
            size = int(np.prod(shape, dtype=np.int64))
            flat = np.frombuffer(data, np.dtype(dtype).newbyteorder("<"), size, begin + offset)
            arrays[name] = flat.reshape(shape)
        return Packed(header, arrays)


def sha256_of(data: bytes) -> str:
    """64 hex digits: what a file of packed arrays is called by."""
    return hashlib.sha256(data).hexdigest()
