"""Claims that pictures, maps inside the network, and audits of data settle."""

from collections.abc import Callable, Mapping
from math import fsum

from rainbench import (
    Evidence,
    FeatureFile,
    Maps,
    as_they_are,
    distance_between_channels,
    distances_to_first,
    gradients,
    variance_left,
)

from .finding import NOT_SUPPORTED, SUPPORTED, Finding

RAIN_ALONE = 0.1
"""A map that sees rain alone has less than this share of its variance without rain."""

DARKER = 1.0
"""In levels of 255: a picture whose mean error is below minus this is darker than the clean.
Truncation to 8 bit takes 0.43 by itself, whatever the method."""

SETS = ("rain200l", "rain200h", "rain1200", "rain1400")
"""The paper's datasets by their names here."""


def alike_over_scales(evidence: Evidence) -> Finding | None:
    """Hold the distance between scales against its two controls, in every file of maps."""
    return _alike(evidence, as_they_are)


def gradients_alike_over_scales(evidence: Evidence) -> Finding | None:
    """Hold the distance between scales' gradients against the same controls."""
    return _alike(evidence, gradients)


def _alike(evidence: Evidence, change: Callable[[Maps], Maps]) -> Finding | None:
    said, good = [], True
    for file in _maps(evidence, "scales"):
        trained, untrained = (_distances(file, change, trained=state) for state in (True, False))
        between = distance_between_channels(file.find("rainy", trained=True), "scales", change)
        good &= all(
            distance < min(between, untrained.get(name, between))
            for name, distance in trained.items()
        )
        each = ", ".join(f"{name} {distance:.2f}" for name, distance in trained.items())
        control = ", ".join(f"{distance:.2f}" for distance in untrained.values())
        said.append(f"{_count(file)}{each}; untrained {control}; between channels {between:.2f}")
    return Finding("; ".join(said), SUPPORTED if good else NOT_SUPPORTED) if said else None


def fusion_sees_rain(evidence: Evidence) -> Finding | None:
    """Ask how much the fused maps vary on the same scenes without rain."""
    said, good = [], True
    for file in _maps(evidence, "kernels"):
        rainy, clean = file.find("rainy", trained=True), file.find("clean", trained=True)
        left = variance_left(rainy, clean, "kernels")
        if "fused" not in left:
            continue
        good &= left["fused"] < RAIN_ALONE
        others = ", ".join(f"{share:.2f}" for name, share in left.items() if name != "fused")
        said.append(
            f"{_count(file)}{left['fused']:.2f} of its variance is left (dilations: {others})"
        )
    return Finding("; ".join(said), SUPPORTED if good else NOT_SUPPORTED) if said else None


def kernels_see_one(evidence: Evidence) -> Finding | None:
    """Ask whether every dilation's maps hardly vary without rain, or as much as with it."""
    said, good = [], True
    for file in _maps(evidence, "kernels"):
        rainy, clean = file.find("rainy", trained=True), file.find("clean", trained=True)
        left = variance_left(rainy, clean, "kernels")
        shares = {name: share for name, share in left.items() if name != "fused"}
        if not shares:
            continue
        good &= all(share < RAIN_ALONE or share > 1 - RAIN_ALONE for share in shares.values())
        said.append(_count(file) + ", ".join(f"{name} {s:.2f}" for name, s in shares.items()))
    return Finding("; ".join(said), SUPPORTED if good else NOT_SUPPORTED) if said else None


def jorder_is_darker(evidence: Evidence) -> Finding | None:
    """Ask of every image that a JORDER restored whether it is too dark by more than truncation."""
    said, good = [], True
    for result in evidence.results:
        if "jorder" not in (result.method, result.label.partition("@")[0]):
            continue
        errors = [image.errors.mean for image in result.images if image.errors is not None]
        if errors:
            darker = sum(error < -DARKER for error in errors)
            mean = fsum(errors) / len(errors)
            good &= darker == len(errors)
            said.append(
                f"{result.row} on {result.measurement.data}: {mean:+.2f} levels, darker in "
                f"{darker} of {len(errors)} pictures"
            )
    return Finding("; ".join(said), SUPPORTED if good else NOT_SUPPORTED) if said else None


def disjoint(evidence: Evidence) -> Finding | None:
    """Ask the audits of the four datasets' training and test sets for scenes in common."""
    found = {}
    for audit in evidence.audits:
        name, _, split = audit.train.partition(":")
        if name in SETS and split == "train" and audit.test in (name, f"{name}:test"):
            found[name] = f"{audit.leaked[1]} of {audit.images[1]}"
    if not found:
        return None
    number = "; ".join(f"{name}: {shared} test scenes shared" for name, shared in found.items())
    if any(not shared.startswith("0 ") for shared in found.values()):
        return Finding(number, NOT_SUPPORTED)
    return Finding(number, SUPPORTED) if len(found) == len(SETS) else None


def _maps(evidence: Evidence, group: str) -> list[FeatureFile]:
    return [
        file
        for file in evidence.features
        if file.method.partition("@")[0] == "msfm"
        and any(group in each.groups for each in file.find("rainy", trained=True))
    ]


def _distances(
    file: FeatureFile, change: Callable[[Maps], Maps], *, trained: bool
) -> Mapping[str, float]:
    return distances_to_first(file.find("rainy", trained=trained), "scales", change)


def _count(file: FeatureFile) -> str:
    count = len(file.find("rainy", trained=True))
    return f"{file.method}, {count} picture{'' if count == 1 else 's'}: "
