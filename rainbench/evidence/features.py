"""Maps from inside a network, as a file: what it sees of rainy and of rain-free pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rainbench.errors import ResultsError, UsageError
from rainbench.image import Image, read_pixels, to_image

if TYPE_CHECKING:
    from torch import nn

    from rainbench.method import LearnedMethod

SCHEMA = 1

SUFFIX = ".safetensors"

_MARK = "rainbench features"
"""The key of the file's description, by which it is told from other safetensors files."""

SEED = 0
"""Of the untrained network's weights."""

Maps: TypeAlias = NDArray[np.float32]
"""(C, h, w): a map a channel, of one scale's size."""

Rain: TypeAlias = Literal["rainy", "clean"]


@dataclass(frozen=True, kw_only=True)
class FeatureSet:
    """What one network makes of one picture."""

    image: str
    """The picture's file name."""
    rain: Rain
    trained: bool
    """Whether the weights were trained; else they are as the network was built."""
    groups: Mapping[str, Mapping[str, Maps]]
    """By group and name, as the method gives them: "scales", "scale 2"."""


@dataclass(frozen=True, kw_only=True)
class FeatureFile:
    """What `rainbench features` wrote: every set of one method with its weights."""

    method: str
    """With its weights: "msfm@rendered-light"."""
    trained_on: str
    sets: tuple[FeatureSet, ...]

    def find(self, rain: Rain, *, trained: bool) -> tuple[FeatureSet, ...]:
        """List the sets of a kind, in the order of the pictures."""
        return tuple(each for each in self.sets if (each.rain, each.trained) == (rain, trained))


def take_features(
    method: str,
    images: Sequence[Path],
    *,
    clean: Sequence[Path] = (),
    weights: Path | None = None,
) -> FeatureFile:
    """Compute the maps that a method names of every picture, trained and untrained.

    Args:
        method: METHOD words of a learned method.
        images: rainy pictures, PNG or JPEG, 8-bit RGB.
        clean: rain-free pictures to compare with, best of the same scenes in the same order.
        weights: a file that the words do not name.

    Raises UsageError for a method that names no maps, ImageError for what is no picture, and
    what preparing the method raises.
    """
    import torch

    from rainbench.registry import find_method
    from rainbench.restorers.at_hand import check_weights
    from rainbench.restorers.preparation import build_network, load_network
    from rainbench.specification import parse_method

    words = parse_method(method)
    plugin = find_method(words.name)
    learned = _with_features(plugin.value, words.name)
    check_weights(plugin, words, weights)
    loaded = load_network(plugin, learned, words, weights=weights)
    torch.manual_seed(SEED)
    untrained = build_network(learned, loaded.settings)
    pictures: list[tuple[Path, Rain]] = [
        *((path, "rainy") for path in images),
        *((path, "clean") for path in clean),
    ]
    sets = [
        FeatureSet(
            image=path.name,
            rain=rain,
            trained=network is loaded.network,
            groups=_look(learned, network, to_image(read_pixels(path))),
        )
        for path, rain in pictures
        for network in (loaded.network, untrained)
    ]
    return FeatureFile(
        method=f"{str(words).partition('@')[0]}@{loaded.found.name}",
        trained_on=loaded.found.trained_on,
        sets=tuple(sets),
    )


def write_features(file: FeatureFile, path: Path) -> None:
    """Write a file of features, in half precision. Raises UsageError, ResultsError."""
    from safetensors.numpy import save

    from rainbench.runs.journal import writing

    if path.suffix != SUFFIX:
        raise UsageError(
            expected=f"a {SUFFIX} file", got=str(path), now="name the output FILE" + SUFFIX
        )
    described: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[np.float16]] = {}
    for number, each in enumerate(file.sets):
        said = {"image": each.image, "rain": each.rain, "trained": each.trained}
        described.append({**said, "groups": {key: list(of) for key, of in each.groups.items()}})
        for group, maps in each.groups.items():
            for place, values in enumerate(maps.values()):
                arrays[f"{number}/{group}/{place}"] = np.ascontiguousarray(values, np.float16)
    head = {"schema": SCHEMA, "method": file.method, "trained_on": file.trained_on}
    text = json.dumps({**head, "sets": described})
    with writing(path):
        path.write_bytes(save(arrays, metadata={_MARK: text}))


def is_features(path: Path) -> bool:
    """Whether a file is one that `write_features` wrote, as far as its head says."""
    if path.suffix != SUFFIX:
        return False
    with path.open("rb") as file:
        return f'"{_MARK}"'.encode() in file.read(64)


def read_features(path: Path) -> FeatureFile:
    """Read a file of features. Raises ResultsError where it cannot be trusted."""
    from safetensors import SafetensorError, safe_open

    from rainbench.runs.document import Fields, parse

    place = str(path)
    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {}).get(_MARK, "")
            fields = Fields(parse(text.encode(), place), place)
            if fields.whole("schema") > SCHEMA:
                fields.refuse("schema", f"at most {SCHEMA}")
            sets = tuple(
                _read_set(Fields(each, place), number, file)
                for number, each in enumerate(fields.document["sets"])
            )
    except (OSError, SafetensorError, KeyError, TypeError, AttributeError) as error:
        raise ResultsError(
            expected="a file that `rainbench features` wrote",
            got=f"{path} ({error})",
            now="write it again",
        ) from error
    return FeatureFile(
        method=fields.text("method"), trained_on=fields.text("trained_on"), sets=sets
    )


def _read_set(fields: Any, number: int, file: Any) -> FeatureSet:  # noqa: ANN401 (safetensors')
    groups = {
        str(group): {
            str(name): np.asarray(file.get_tensor(f"{number}/{group}/{place}"), np.float32)
            for place, name in enumerate(names)
        }
        for group, names in fields.mapping("groups").items()
    }
    rain: Rain = "clean" if fields.text("rain") == "clean" else "rainy"
    trained = fields.document["trained"] is True
    return FeatureSet(image=fields.text("image"), rain=rain, trained=trained, groups=groups)


def _with_features(method: object, name: str) -> LearnedMethod:
    from rainbench.method import LearnedMethod

    if isinstance(method, LearnedMethod) and method.features is not None:
        return method
    raise UsageError(
        expected="a learned method that names maps inside its network",
        got=name,
        now="name them in its METHOD: features=...",
    )


def _look(method: LearnedMethod, network: nn.Module, image: Image) -> dict[str, dict[str, Maps]]:
    import torch

    if method.features is None:
        return {}
    with torch.inference_mode():
        batch = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)[None]))
        found = method.features(network.eval(), batch)
    return {
        group: {name: values[0].float().numpy() for name, values in maps.items()}
        for group, maps in found.items()
    }
