"""What `rainbench profile` measured, as a file: costs, times and memory, with the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from rainbench.method import Setting
from rainbench.runs.document import Fields, parse

SUFFIX = ".json"

SCHEMA = 1

KIND = "profile"


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long one image takes, over many rounds; in seconds."""

    median_s: float
    lower_quartile_s: float
    upper_quartile_s: float
    least_s: float
    rounds: int
    warm_up: int
    """Rounds before, which do not count."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What it was measured on."""

    processor: str
    cores: int
    memory_bytes: int
    system: str
    accelerator: str | None
    """The card's name; None: there is none."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One method with its weights on one image, by one engine on one device."""

    MACS: ClassVar[str] = (
        "multiply-accumulates of convolutions and matrix products for one image of that size, as "
        "torch's own counter has them, two operations to one MAC; activation functions, pooling "
        "and resampling are not counted"
    )
    """What `macs` counts, in words: papers count differently, so it stands beside the number."""

    method: str
    label: str
    title: str
    settings: Mapping[str, Setting]
    height: int
    width: int
    """Of the image, in pixels."""
    parameters: int | None
    """Trainable numbers, dead ones included; None: no network of torch's."""
    macs: int | None
    """As MACS says; None: no network of torch's."""
    activations: int | None
    """Elements that convolutions and linear layers write for that image."""
    latency: Latency
    peak_bytes: int | None
    """Memory above what was held before, while restoring."""
    engine: str
    device: str
    dtype: str
    threads: int
    machine: Machine
    load: float | None
    """The one-minute load average when it began; None: the system tells none."""
    when: str
    """UTC, ISO 8601."""
    method_sha256: str = ""
    weights_sha256: str | None = None
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def to_json(self) -> dict[str, object]:
        """Return the profile as its file holds it."""
        said = {**vars(self), "settings": dict(self.settings), "versions": dict(self.versions)}
        said |= {"latency": vars(self.latency), "machine": vars(self.machine)}
        said |= {"macs_definition": self.MACS}
        return {"schema": SCHEMA, "kind": KIND, **said}

    @property
    def place(self) -> str:
        """Name what it ran on: the card, or the processor with its threads."""
        if self.device.startswith("cpu") or not self.machine.accelerator:
            threads = f"{self.threads} thread{'' if self.threads == 1 else 's'}"
            return f"{self.machine.processor}, {threads}"
        return self.machine.accelerator


def is_profile(path: Path) -> bool:
    """Whether a file is a kept profile, as far as it can be read at all."""
    if path.suffix != SUFFIX:
        return False
    with path.open("rb") as file:
        head = file.read(200)
    return b'"kind"' in head and b'"profile"' in head


def read_profile(path: Path) -> Profile:
    """Read a kept profile. Raises ResultsError where it cannot be trusted."""
    place = str(path)
    fields = Fields(parse(path.read_bytes(), place), place)
    if fields.whole("schema") > SCHEMA:
        fields.refuse("schema", f"at most {SCHEMA}")
    if fields.text("kind") != KIND:
        fields.refuse("kind", repr(KIND))
    return Profile(
        method=fields.text("method"),
        label=fields.text("label"),
        title=fields.text("title"),
        settings=dict(fields.mapping("settings", {})),
        height=fields.whole("height"),
        width=fields.whole("width"),
        parameters=fields.maybe_whole("parameters"),
        macs=fields.maybe_whole("macs"),
        activations=fields.maybe_whole("activations"),
        latency=_latency(Fields(fields.mapping("latency"), f"{place}, latency")),
        peak_bytes=fields.maybe_whole("peak_bytes"),
        engine=fields.text("engine"),
        device=fields.text("device"),
        dtype=fields.text("dtype", "float32"),
        threads=fields.whole("threads", 0),
        machine=_machine(Fields(fields.mapping("machine"), f"{place}, machine")),
        load=None if fields.document.get("load") is None else fields.number("load"),
        when=fields.text("when", ""),
        method_sha256=fields.text("method_sha256", ""),
        weights_sha256=fields.maybe_text("weights_sha256"),
        versions={name: str(it) for name, it in fields.mapping("versions", {}).items()},
    )


def _latency(fields: Fields) -> Latency:
    return Latency(
        median_s=fields.seconds("median_s"),
        lower_quartile_s=fields.seconds("lower_quartile_s"),
        upper_quartile_s=fields.seconds("upper_quartile_s"),
        least_s=fields.seconds("least_s"),
        rounds=fields.whole("rounds"),
        warm_up=fields.whole("warm_up"),
    )


def _machine(fields: Fields) -> Machine:
    return Machine(
        processor=fields.text("processor"),
        cores=fields.whole("cores"),
        memory_bytes=int(fields.number("memory_bytes")),
        system=fields.text("system", ""),
        accelerator=fields.maybe_text("accelerator"),
    )
