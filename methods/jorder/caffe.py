"""Reads the weights in a Caffe model: the few fields of its protobuf that hold them."""

from collections.abc import Iterator, Mapping
from math import prod

import numpy as np
import torch
from torch import Tensor

# Numbers of fields, and of the wire's kinds of values, in caffe.proto and protobuf's encoding.
LAYERS = 100  # of NetParameter
NAME, BLOBS = 1, 7  # of LayerParameter
DATA, SHAPE = 5, 7  # of BlobProto, packed float32
DIMENSIONS = 1  # of BlobShape, packed integers
VARINT, EIGHT_BYTES, COUNTED, FOUR_BYTES = 0, 1, 2, 5

# Ten bytes of seven bits hold any 64-bit integer; a longer one is no integer of protobuf's.
LONGEST_VARINT = 10

# Fields in one message, and blobs in a model; the release has 45 layers and 24 blobs.
MOST = 1000


def read_caffemodel(content: bytes) -> Mapping[str, Tensor]:
    """Read every layer's blobs: "Convolution1.0", "Convolution1.1" to tensors of their shapes.

    Nothing is nested deeper than a model's own four levels; every step consumes bytes of the
    file, the steps are counted, and a tensor is as long as the bytes it is read from. Raises
    ValueError for anything else than a Caffe model in its present format.
    """
    tensors: dict[str, Tensor] = {}
    for number, layer in _fields(memoryview(content)):
        if number != LAYERS or not isinstance(layer, memoryview):
            continue
        fields = list(_fields(layer))
        blobs = [value for key, value in fields if key == BLOBS]
        name = next((_text(value) for key, value in fields if key == NAME), "")
        for i, blob in enumerate(blobs):
            if f"{name}.{i}" in tensors:
                raise ValueError(f"two layers of the name {name!r}")
            if len(tensors) == MOST:
                raise ValueError(f"more than {MOST} blobs")
            tensors[f"{name}.{i}"] = _tensor(blob, f"{name}.{i}")
    if not tensors:
        raise ValueError("no layer with weights (an older format has them in other fields)")
    return tensors


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Split a message into its fields, in order: number, and an integer or the bytes."""
    at = steps = 0
    while at < len(message):
        if (steps := steps + 1) > MOST:
            raise ValueError(f"more than {MOST} fields in one message")
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == COUNTED:
            length, at = _varint(message, at)
        elif kind in (EIGHT_BYTES, FOUR_BYTES):
            length = 8 if kind == EIGHT_BYTES else 4
        else:
            raise ValueError(f"a value of kind {kind}, which a Caffe model has none of")
        if length > len(message) - at:
            raise ValueError(f"{length} bytes promised where {len(message) - at} are left")
        yield number, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Read an integer of seven bits a byte, lowest first; return it and where it ends."""
    value = 0
    for i, byte in enumerate(message[at : at + LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return value, at + i + 1
    raise ValueError("an integer without an end")


def _tensor(blob: int | memoryview, name: str) -> Tensor:
    """Read a blob's numbers in its shape; the two must agree before anything is allocated."""
    fields = dict(_fields(_message(blob)))
    data, shape = _message(fields.get(DATA, 0)), _message(fields.get(SHAPE, 0))
    packed = _message(dict(_fields(shape)).get(DIMENSIONS, 0))
    dimensions: list[int] = []
    at = 0
    while at < len(packed) and len(dimensions) <= 4:
        length, at = _varint(packed, at)
        dimensions.append(length)
    if len(dimensions) > 4 or not data or 4 * prod(dimensions) != len(data):
        raise ValueError(f"{len(data)} bytes for {name} of shape {tuple(dimensions)!s:.60}")
    numbers = np.frombuffer(data, dtype="<f4").reshape(dimensions)
    return torch.from_numpy(numbers.astype(np.float32))


def _message(value: int | memoryview) -> memoryview:
    return value if isinstance(value, memoryview) else memoryview(b"")


def _text(value: int | memoryview) -> str:
    return bytes(_message(value)[:100]).decode(errors="replace")
