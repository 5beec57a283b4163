"""rainbench: the benchmark and comparison suite for single-image de-raining.

The public names are those of `__all__`; each is resolved on first use, so that importing the
package costs nothing but the standard library.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rainbench.dataset import Dataset, ImagePair, Layout, Release
    from rainbench.errors import DatasetError, ImageError, MethodError, RainbenchError
    from rainbench.image import Image, Picture
    from rainbench.method import (
        Checkpoint,
        LearnedMethod,
        Method,
        Paper,
        PriorMethod,
        SizeRule,
        Weights,
    )

# Where each public name is defined; a test holds this list to the imports above.
_HOMES = {
    "Checkpoint": "method",
    "Dataset": "dataset",
    "DatasetError": "errors",
    "Image": "image",
    "ImageError": "errors",
    "ImagePair": "dataset",
    "Layout": "dataset",
    "LearnedMethod": "method",
    "Method": "method",
    "MethodError": "errors",
    "Paper": "method",
    "Picture": "image",
    "PriorMethod": "method",
    "RainbenchError": "errors",
    "Release": "dataset",
    "SizeRule": "method",
    "Weights": "method",
}

__all__ = [
    "Checkpoint",
    "Dataset",
    "DatasetError",
    "Image",
    "ImageError",
    "ImagePair",
    "Layout",
    "LearnedMethod",
    "Method",
    "MethodError",
    "Paper",
    "Picture",
    "PriorMethod",
    "RainbenchError",
    "Release",
    "SizeRule",
    "Weights",
]
__version__ = "0.1.0"

# A wheel carries the shelves inside this package; in a checkout they stand beside it.
_here = Path(__file__).parent
if not (_here / "methods").is_dir():
    __path__.append(str(_here.parent))

if not TYPE_CHECKING:  # a checker must see a misspelt name as an error

    def __getattr__(name):  # noqa: ANN001, ANN202
        if name not in _HOMES:
            raise AttributeError(f"module 'rainbench' has no attribute {name!r}")
        return getattr(import_module(f"rainbench.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
