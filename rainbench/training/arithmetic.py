"""Whose kernels a network is trained with: torch's, or our own where they are faster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from rainbench.errors import UsageError
from rainbench.training.plan import Arithmetic, Plan, Precision
from rainbench.training.pointwise import hasten

if TYPE_CHECKING:
    from torch import nn

Wish: TypeAlias = Literal["auto", "torch", "native"]


def settle(wish: Wish, network: nn.Module, device: str, precision: Precision) -> Arithmetic:
    """Settle whose kernels it is; "auto" are ours where they fit and can be had.

    Raises UsageError where ours are asked for and do not fit, NotInstalledError without a compiler.
    """
    from rainbench.kernels.leaky import has_kernels
    from rainbench.kernels.library import is_there, open_library

    if wish == "torch":
        return "torch"
    fit = device == "cpu" and precision == "float32" and has_kernels(network)
    if wish == "auto":
        return "native" if fit and is_there() else "torch"
    if not fit:
        raise UsageError(
            expected="float32 on the CPU and a network made of rainbench.kernels",
            got=f"{precision} on {device}, {type(network).__name__}",
            now="leave --arithmetic out",
        )
    open_library()
    return "native"


def lay_out(network: nn.Module, plan: Plan) -> nn.Module:
    """Bring a network to the plan's device, in the memory order that its kernels take."""
    if plan.arithmetic == "native":
        return network
    import torch

    network = network.to(plan.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if plan.device == "cpu":
        hasten(network)
    return network


@contextmanager
def computing(plan: Plan) -> Iterator[None]:
    """Compute with the plan's kernels, and in no less than its precision.

    On CUDA torch convolves float32 in TF32 where nobody says otherwise.
    """
    if plan.arithmetic == "native":
        from rainbench.kernels.calling import natively

        with natively():
            yield
        return
    from torch.backends import cudnn

    with cudnn.flags(
        enabled=cudnn.enabled,
        benchmark=cudnn.benchmark,
        deterministic=cudnn.deterministic,
        allow_tf32=False,
    ):
        yield
