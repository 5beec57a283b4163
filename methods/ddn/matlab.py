"""Reads the numbers in a MATLAB file of version 5: numeric arrays in structures and cells."""

import zlib
from collections.abc import Iterator, Mapping
from math import prod

import numpy as np
import torch
from torch import Tensor

# The file's header, and the mark in it of little-endian bytes.
HEADER, LITTLE_ENDIAN = 128, b"\x00\x01IM"
# Kinds of elements that are no numbers, and kinds of arrays ("MAT-File Format", tables 1-1, 1-3).
MATRIX, COMPRESSED = 14, 15
CELL, STRUCTURE, NUMERIC = 1, 2, range(6, 16)
NUMBERS = {
    1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8", 12: "<i8",
    13: "<u8",
}  # fmt: skip

# What one variable may inflate to, in bytes; the release's has 0.3 MB.
LARGEST = 1 << 24
# Arrays in a file, and how deep they may be nested: a structure of cells of numbers is 3 deep.
MOST, DEEPEST = 1000, 3


def read_mat(content: bytes) -> Mapping[str, Tensor]:
    """Read every numeric array as float32 by its place: "model.weight.0", "model.bias.0".

    The file runs nothing. What it may inflate to, how many arrays it holds and how deep they are
    nested is bounded; an array is as long as the bytes it is read from. Raises ValueError for
    anything else than such a file.
    """
    if len(content) < HEADER or content[HEADER - 4 : HEADER] != LITTLE_ENDIAN:
        raise ValueError("no MATLAB file of version 5")
    found: dict[str, Tensor] = {}
    for kind, element in _elements(memoryview(content)[HEADER:]):
        variable = [(kind, element)]
        if kind == COMPRESSED:
            variable = list(_elements(memoryview(_inflated(element))))
        for inner, matrix in variable:
            if inner == MATRIX:
                _collect(matrix, "", found, DEEPEST)
    return found


def _inflated(element: memoryview) -> bytes:
    try:
        inflated = zlib.decompressobj().decompress(element, LARGEST + 1)
    except zlib.error as error:
        raise ValueError(f"a damaged variable ({error})") from error
    if len(inflated) > LARGEST:
        raise ValueError(f"a variable of more than {LARGEST} bytes")
    return inflated


def _elements(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Split bytes into elements: kind and content. A short one has its content in its tag."""
    at = steps = 0
    while at < len(data):
        if (steps := steps + 1) > MOST or len(data) - at < 8:
            raise ValueError("too many elements" if steps > MOST else "a cut element")
        first = int.from_bytes(data[at : at + 4], "little")
        kind, length, start = first & 0xFFFF, first >> 16, at + 4
        if length == 0:
            length, start = int.from_bytes(data[at + 4 : at + 8], "little"), at + 8
        elif length > 4:
            raise ValueError(f"{length} bytes in a short element")
        if length > len(data) - start:
            raise ValueError(f"{length} bytes promised where {len(data) - start} are left")
        yield kind, data[start : start + length]
        at = start + length
        if kind != COMPRESSED:
            at += -at % 8  # elements start at multiples of eight bytes


def _collect(matrix: memoryview, name: str, found: dict[str, Tensor], deeper: int) -> None:
    """Add the arrays in one matrix element; `name` is its place, or empty: its own name."""
    if deeper == 0:
        raise ValueError(f"arrays nested more than {DEEPEST} deep")
    parts = list(_elements(matrix))
    if len(parts) < 4:
        raise ValueError(f"an array of {len(parts)} parts")
    (_, flags), (_, shape), (_, own), *content = parts
    kind = flags[0] if len(flags) else 0
    name = name or bytes(own[:100]).decode(errors="replace")
    if kind in NUMERIC:
        _add(_array(content[0], shape, name), name, found)
        return
    if kind == STRUCTURE:
        fields, content = _fields(content), content[2:]
    elif kind == CELL:
        fields = [str(i) for i in range(len(content))]
    else:
        raise ValueError(f"{name}, an array of kind {kind}, in place of numbers")
    if len(fields) != len(content):
        raise ValueError(f"{len(content)} values for {len(fields)} fields of {name}")
    for field, (_, inner) in zip(fields, content, strict=True):
        _collect(inner, f"{name}.{field}", found, deeper - 1)


def _fields(content: list[tuple[int, memoryview]]) -> list[str]:
    """Read a structure's field names, each in the same count of bytes, padded with zeros."""
    width = int.from_bytes(content[0][1][:4], "little")
    names = bytes(content[1][1]) if len(content) > 1 else b""
    if not 0 < width <= 64:
        raise ValueError(f"field names of {width} bytes")
    starts = range(0, len(names), width)
    return [names[at : at + width].rstrip(b"\0").decode(errors="replace") for at in starts]


def _array(numbers: tuple[int, memoryview], shape: memoryview, name: str) -> Tensor:
    """Read numbers, first axis fastest, in their shape; the two must agree."""
    kind, data = numbers
    if kind not in NUMBERS or len(shape) % 4 or len(data) % np.dtype(NUMBERS[kind]).itemsize:
        raise ValueError(f"{name} without numbers of a known kind")
    flat = np.frombuffer(data, dtype=NUMBERS[kind])
    dimensions = [int(length) for length in np.frombuffer(shape, dtype="<i4")]
    if len(dimensions) > 4 or min(dimensions, default=0) < 1 or prod(dimensions) != flat.size:
        raise ValueError(f"{flat.size} numbers for {name} of shape {tuple(dimensions)!s:.60}")
    with np.errstate(over="ignore"):  # infinity is refused with the weights it would make
        ordered = np.array(flat.reshape(dimensions, order="F"), dtype=np.float32, order="C")
    return torch.from_numpy(ordered)


def _add(array: Tensor, name: str, found: dict[str, Tensor]) -> None:
    if name in found or len(found) == MOST:
        raise ValueError(f"two arrays {name}" if name in found else f"more than {MOST} arrays")
    found[name] = array
