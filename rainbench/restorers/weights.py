"""Weights on disk: read safely, recognised by digest, fitted strictly."""

from __future__ import annotations

import json
import pickle
import re
import warnings
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rainbench.errors import RainbenchError, WeightsError, in_words
from rainbench.method import Checkpoint, LearnedMethod

if TYPE_CHECKING:
    from torch import Tensor, nn

# The suffix of the suite's own files.
SUFFIX = ".safetensors"

# The metadata key under which the suite's own files carry their record, as JSON.
RECORD = "rainbench"

# The longest file handed to a method's own reader, in bytes: ten times what the field publishes.
LONGEST = 1 << 30

# What training scripts wrap a state dict in.
WRAPPERS = ("net", "state_dict", "params_ema", "params", "model")


def file_sha256(path: Path) -> str:
    """Digest a file's bytes, in hexadecimal. Raises WeightsError where it cannot be read."""
    try:
        with path.open("rb") as file:
            whole = sha256()
            while block := file.read(1 << 20):
                whole.update(block)
    except OSError as error:
        raise WeightsError(
            expected="a weights file", got=f"{path}: {error.strerror}", now="check the path"
        ) from error
    return whole.hexdigest()


def read_checkpoint(method: LearnedMethod, path: Path) -> Checkpoint:
    """Read a weights file: the suite's own (.safetensors) or one the method recognises.

    A suffix the method has a reader for (`read_file`) goes there, every other to torch's own
    reader of tensors alone. Raises WeightsError for a file that is none of these, or that would
    run code when read.
    """
    reader = method.read_file.get(path.suffix.lower())
    tensors, record = _read(path) if reader is None else (_read_with(reader, path), None)
    if record is not None:
        return Checkpoint(record["settings"], tensors)
    if method.read_weights is None:
        raise WeightsError(
            expected=f"a weights file of rainbench for {method.title}",
            got=f"{path}, which has no record of its settings",
            now="train with `rainbench train`; no other weights of this method are known",
        )
    try:
        return _as_checkpoint(method.read_weights(tensors))
    except RainbenchError:
        raise
    except Exception as error:  # a reader is somebody's code, and these are somebody's tensors
        raise WeightsError(
            expected=f"weights that {method.title} can read",
            got=f"{path}, of which it says {in_words(error)}",
            now="give weights made for this method, or mend its read_weights",
        ) from error


def _as_checkpoint(answer: object) -> Checkpoint:
    if not isinstance(answer, Checkpoint):
        raise TypeError(f"read_weights returned a {type(answer).__name__} and no Checkpoint")
    return answer


def read_record(path: Path) -> Mapping[str, Any] | None:
    """Read the record inside one of the suite's own weights files; None: it has none.

    Raises WeightsError for a file that cannot be read.
    """
    if path.suffix != SUFFIX:
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            return _as_record(path, file.metadata())
    except (OSError, SafetensorError) as error:
        raise _unreadable(path, str(error)) from error


def save_weights(path: Path, state: Mapping[str, Tensor], record: Mapping[str, Any]) -> None:
    """Write a state dict with its record inside, whole or not at all.

    The record is a JSON object with at least `method`, `settings` and `trained_on`.
    """
    from safetensors.torch import save

    part = path.with_name(path.name + ".part")
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    part.write_bytes(save(plain, metadata={RECORD: json.dumps(record, sort_keys=True)}))
    part.replace(path)


def fit(network: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Load a state dict with every key used and every shape equal. Raises WeightsError."""
    import torch

    wanted = network.state_dict()
    missing, extra = sorted(wanted.keys() - state.keys()), sorted(state.keys() - wanted.keys())
    if missing or extra:
        got = [
            f"{kind} {_some(names)}"
            for kind, names in (("without", missing), ("with", extra))
            if names
        ]
        raise _unfit(f"the {len(wanted)} tensors of the network", f"{path} {' and '.join(got)}")
    for name, tensor in wanted.items():
        if tensor.shape != state[name].shape:
            shapes = tuple(tensor.shape), tuple(state[name].shape)
            raise _unfit(f"{name} of shape {shapes[0]}", f"{shapes[1]} in {path}")
        if not torch.isfinite(state[name]).all():
            raise _unfit(f"finite numbers in {name}", f"NaN or infinity in {path}")
    network.load_state_dict(dict(state), strict=True)


def _read_with(reader: Callable[[bytes], Mapping[str, Tensor]], path: Path) -> Mapping[str, Tensor]:
    """Read a file of another format by a method's own reader, never more than LONGEST of it."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise ValueError(f"a file longer than {LONGEST} bytes")
        return reader(content)
    except OSError as error:
        raise WeightsError(
            expected="a weights file", got=f"{path}: {error}", now="check the path"
        ) from error
    except ValueError as error:
        raise WeightsError(
            expected=f"weights in {path}", got=f"{error!s:.300}", now="fetch it again"
        ) from error


def _read(path: Path) -> tuple[dict[str, Tensor], Mapping[str, Any] | None]:
    try:
        if path.suffix == SUFFIX:
            return _read_safetensors(path)
        return _read_torch(path), None
    except OSError as error:
        raise WeightsError(
            expected="a weights file", got=f"{path}: {error}", now="check the path"
        ) from error


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], Mapping[str, Any] | None]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, _as_record(path, file.metadata())
    except SafetensorError as error:
        raise _unreadable(path, str(error)) from error


def _as_record(path: Path, metadata: Mapping[str, str] | None) -> Mapping[str, Any] | None:
    text = (metadata or {}).get(RECORD)
    try:
        record = None if text is None else json.loads(text)
    except ValueError as error:
        raise _unreadable(path, str(error)) from error
    if record is None:
        return None
    if not isinstance(record, dict) or not isinstance(record.get("settings"), dict):
        raise _unreadable(path, "a record without settings")
    return record


def _read_torch(path: Path) -> dict[str, Tensor]:
    import torch

    try:
        with warnings.catch_warnings():
            # torch warns of pickle protocols that it then reads, or refuses by itself.
            warnings.simplefilter("ignore", UserWarning)
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # Nothing of the file has run: the reader stops at the first name it does not allow.
        # Of its long advice, part of it to read the file all the same, only the name is passed on.
        named = re.search(r"GLOBAL ([\w.]{1,200})", str(error))
        what = f"would run code ({named[1]})" if named else "is damaged or would run code"
        raise WeightsError(
            expected="a file of tensors alone",
            got=f"{path}, a pickle that {what}",
            now="do not open it in other programs; fetch it again from its source",
        ) from error
    except (RuntimeError, EOFError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise _unreadable(path, in_words(error)) from error
    return _state_dict(path, loaded)


def _state_dict(path: Path, loaded: object) -> dict[str, Tensor]:
    from torch import Tensor

    for wrapper in WRAPPERS:
        if isinstance(loaded, dict) and isinstance(loaded.get(wrapper), dict):
            loaded = loaded[wrapper]
            break
    if not isinstance(loaded, dict) or not loaded:
        raise _unreadable(path, f"a {type(loaded).__name__}")
    odd = [str(name) for name, value in loaded.items() if not isinstance(value, Tensor)]
    if odd:
        raise _unreadable(path, f"{_some(odd)} that are no tensors")
    # DataParallel puts its own name before every key.
    return {str(name).removeprefix("module."): value for name, value in loaded.items()}


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _unreadable(path: Path, got: str) -> WeightsError:
    return WeightsError(
        expected=f"a state dict of tensors in {path}", got=f"{got:.300}", now="fetch it again"
    )


def _unfit(expected: str, got: str) -> WeightsError:
    return WeightsError(
        expected=expected, got=got, now="give weights made for this method and these settings"
    )
