"""The photographs behind the sets that were made from BSD: rules that several datasets share.

Yang et al. numbered their pictures after sorted lists of Berkeley's photographs, so that which
photograph stands behind a pair follows from its number. The rules were found from pixels: all 100
test images of both Rain100 sets, twenty of the training images and five of the Rain200 test images
were compared with the photographs of BSDS500; the others are inferred.
"""

from functools import cache

BSD300 = 300
"""Photographs in the train and val parts of BSDS500."""


def bsd300_scene(number: int) -> str:
    """Name the photograph behind training picture `number`: (number - 1) mod 300, sorted."""
    return f"bsd300-{(number - 1) % BSD300}"


def bsd200_scene(number: int) -> str:
    """Name the photograph behind picture `number` of a set made from BSDS500's test part."""
    return f"bsd200-{number - 1}"


def number_as_text(place: int, count: int) -> int:
    """Give the number at `place` (from 1) of 1 … `count` in the order of text: 1, 10, 100, 1000.

    Raises IndexError for a place that is none.
    """
    if place < 1:
        raise IndexError(place)
    return _numbers_as_text(count)[place - 1]


@cache
def _numbers_as_text(count: int) -> tuple[int, ...]:
    return tuple(sorted(range(1, count + 1), key=str))
