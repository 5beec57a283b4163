"""The rainy image itself: the floor every method must rise above."""

from rainbench import Image, PriorMethod, Reach


def leave_alone(rainy: Image) -> Image:
    """Return the image as it came."""
    return rainy


METHOD = PriorMethod(
    title="Rainy input",
    derain=leave_alone,
    reach=Reach(0),
    floor=True,
)
