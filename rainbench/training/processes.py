"""Processes that train one network together, as `torchrun` starts them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count as counting
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from rainbench.errors import TrainingError, UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.distributed import Store  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Processes:
    """How many train together, and which of them this one is."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this one validates, writes and speaks."""
        return self.rank == 0

    def part(self, batch: int) -> slice:
        """Give this process's part of every batch. Raises UsageError for parts that are unequal."""
        each, rest = divmod(batch, self.count)
        if rest:
            raise UsageError(
                expected=f"a batch that {self.count} processes share equally",
                got=f"{batch}",
                now="give another --batch: that of all processes together",
            )
        return slice(self.rank * each, (self.rank + 1) * each)

    def join(self, network: nn.Module) -> nn.Module:
        """Let gradients of all processes be averaged; what comes back is for training alone."""
        if self.count == 1:
            return network
        from torch.nn.parallel import DistributedDataParallel

        return DistributedDataParallel(network)

    def mean(self, value: Tensor) -> Tensor:
        """Average a number over all processes."""
        if self.count == 1:
            return value
        import torch.distributed as group

        group.all_reduce(value)
        return value / self.count

    def agree(self, number: int) -> int:
        """Give every process the first one's number."""
        if self.count == 1:
            return number
        import torch.distributed as group

        told = [number]
        group.broadcast_object_list(told)
        return told[0]

    def lost(self, step: int, why: str) -> TrainingError:
        """Say that the others cannot be reached, and how to go on."""
        _ignore_sigterm()  # the launcher's, which must not cut the sentence short
        return TrainingError(
            expected=f"all {self.count} processes to take part in every step",
            got=f"{why:.200} in process {self.rank}, after the checkpoint of step {step}",
            now="give the same command again: it goes on from there",
        )


ALONE = Processes()

_MEETINGS = counting()
"""Numbers how often this process has met the others: they have met as often."""


def is_first() -> bool:
    """Whether this process is the one that speaks, by what `torchrun` says of it."""
    return int(os.environ.get("RANK", "0")) == 0


@contextmanager
def together(device: str) -> Iterator[Processes]:
    """Meet the other processes that `torchrun` has started; where there are none, be alone."""
    count, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if count < 2:
        yield ALONE
        return
    import torch
    import torch.distributed as group

    cuda = device.startswith("cuda")
    if cuda:
        torch.cuda.set_device(device)
    group.init_process_group(
        "nccl" if cuda else "gloo", store=_meeting_point(rank, count), rank=rank, world_size=count
    )
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        yield Processes(rank, count)
        group.barrier()
        group.destroy_process_group()
    finally:
        if sys.exc_info()[0] is None:
            signal.signal(signal.SIGTERM, previous)


def _meeting_point(rank: int, count: int) -> Store:
    """Find where `torchrun` lets its processes tell each other their addresses."""
    from torch.distributed import PrefixStore  # type: ignore[attr-defined]
    from torch.distributed.rendezvous import rendezvous

    store: Store = next(rendezvous("env://", rank, count))[0]
    # The store outlives a training, with the addresses of its meeting.
    place = f"meeting {next(_MEETINGS)}"
    # The launcher's outlives a restart, too. Launchers of several machines count theirs apart.
    if os.environ.get("LOCAL_WORLD_SIZE") == str(count):
        place = f"attempt {os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}, {place}"
    return PrefixStore(place, store)


def own_device(device: str) -> str:
    """Name this process's own device: each of several takes a GPU of its own."""
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if several and device == "cuda" else device


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    _ignore_sigterm()
    raise TrainingError(
        expected="to train to the end",
        got="the launcher's order to stop: it, or another process, has ended",
        now="give the same command again: it goes on from the last checkpoint",
    )


def _ignore_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
