"""Settings: from a signature, a variant and words to one complete mapping."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from rainbench.errors import PluginError, UnknownNameError, UsageError
from rainbench.registry import find_method
from rainbench.restorers.settings import keywords, resolve_settings

if TYPE_CHECKING:
    from nowhere import Image  # type: ignore[import-not-found]


class Net:
    def __init__(
        self,
        *,
        layers: int = 8,
        slope: float = 0.2,
        dense: bool = True,
        up: Literal["bilinear", "nearest"] = "bilinear",
        note: str = "",
    ) -> None: ...


def test_spellings_of_one_thing_are_equal() -> None:
    variant = resolve_settings(Net, {"layers": 6, "dense": False})
    words = resolve_settings(Net, {}, {"dense": "FALSE", "layers": " 6 "})
    assert variant == words
    assert list(words) == ["layers", "slope", "dense", "up", "note"]
    assert words["layers"] == 6
    assert words["slope"] == 0.2


def test_words_overrule_the_variant() -> None:
    assert resolve_settings(Net, {"layers": 6}, {"layers": "4"})["layers"] == 4


def test_a_real_method_resolves_its_variant() -> None:
    method = find_method("msfm").value
    light = resolve_settings(method.network, method.variants["light"])  # type: ignore[union-attr]
    same = resolve_settings(method.network, {}, {"layers": "6", "channels": "8"})  # type: ignore[union-attr]
    assert light == same


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("layers", "six", "layers to be a whole number, got 'six'"),
        ("layers", "6.0", "whole number"),
        ("layers", "", "whole number"),
        ("layers", "1_0", "whole number"),
        ("slope", "nan", "slope to be a number"),
        ("dense", "1", "dense to be true or false"),
        ("up", "cubic", "up to be bilinear or nearest"),
    ],
)
def test_wrong_values_say_what_fits(key: str, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolve_settings(Net, {}, {key: text})


def test_an_unknown_key_gets_an_offer() -> None:
    with pytest.raises(UnknownNameError, match=r"setting of Net.*'layer'.*did you mean layers"):
        resolve_settings(Net, {}, {"layer": "6"})


@pytest.mark.parametrize("variant", [{"layer": 6}, {"layers": True}, {"layers": "6"}, {"up": "x"}])
def test_a_wrong_variant_is_the_plugins_fault(variant: dict[str, int | str]) -> None:
    with pytest.raises(PluginError, match="variant of Net"):
        resolve_settings(Net, variant)


def test_a_function_keeps_its_image_to_itself() -> None:
    def derain(rainy: Image, sigma: float = 3, passes=2, model: object = None) -> Image:  # type: ignore[no-untyped-def]  # noqa: ANN001, ARG001
        return rainy

    assert resolve_settings(derain, {}, {"sigma": "4"}) == {"sigma": 4.0, "passes": 2}
    assert list(keywords(functools.partial(derain, sigma=2.0))) == ["sigma", "passes"]


def test_the_device_is_no_setting() -> None:
    def derain(rainy: object, *, width: int = 3, device: str = "cpu") -> object:
        return rainy, width, device

    assert resolve_settings(derain) == {"width": 3}
    with pytest.raises(UsageError, match="got device; give --device instead"):
        resolve_settings(derain, given={"device": "cuda"})


def test_a_network_is_told_no_device(write: Callable[[str, str], Path]) -> None:
    file = write(
        "mine.py",
        """
        from torch import nn
        from rainbench import LearnedMethod

        class Network(nn.Module):
            def __init__(self, *, device: str = "cpu"):
                super().__init__()

        METHOD = LearnedMethod(title="Mine", network=Network)
        """,
    )
    with pytest.raises(PluginError, match="no keyword called device in "):
        find_method(str(file))


def test_a_callable_object_has_settings() -> None:
    class Derain:
        def __call__(self, rainy: object, *, radius: int) -> object: ...

    assert resolve_settings(Derain(), {}, {"radius": "2"}) == {"radius": 2}
    with pytest.raises(UsageError, match="a value for radius"):
        resolve_settings(Derain())


def test_a_required_keyword_of_another_type_is_refused() -> None:
    def derain(rainy: object, *, sizes: list[int]) -> object: ...

    with pytest.raises(PluginError, match="sizes of derain"):
        resolve_settings(derain)
