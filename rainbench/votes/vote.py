"""Blind votes: what people chose between two restored pictures, and who comes out ahead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from rainbench.errors import ResultsError
from rainbench.runs.document import Fields, parse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rainbench.evidence.statistics import Interval

FILES = "votes-*.json"
"""How the voting page calls what it saves."""

FOLDER = "votes"
"""Where in a folder of results votes are looked for."""

SCHEMA = 1

Choice: TypeAlias = Literal["first", "second", "tie"]
_CHOICES = ("first", "second", "tie")

FEWEST_VOTERS = 8
"""People from which on they are the unit of chance; below, the images are."""


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One choice between two runs' pictures of one image."""

    data: str
    """As columns are called: "real (sirr)"."""
    image: str
    voter: str
    first: str
    """A run's id."""
    second: str
    choice: Choice

    @property
    def asked(self) -> tuple[str, str, str, str, str]:
        """What was asked of whom: of several answers, the last counts."""
        one, other = sorted((self.first, self.second))
        return self.data, self.image, self.voter, one, other


@dataclass(frozen=True, kw_only=True)
class Strength:
    """How one run fares against the others."""

    run_id: str
    log_odds: float
    """Of being chosen over an average run of the contest."""
    interval: Interval | None
    """95%; None: one unit has no spread."""
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, kw_only=True)
class Contest:
    """Runs that were held against each other on one dataset, the strongest first."""

    data: str
    strengths: tuple[Strength, ...]
    votes: int
    voters: int
    images: int
    unit: Literal["voter", "image"]
    """What was taken for independent."""


def is_votes(file: Path) -> bool:
    """Whether a file's name is one that the voting page gives."""
    return file.match(FILES)


def read_votes(path: Path) -> list[Vote]:
    """Read a file that the voting page has saved. Raises ResultsError for what is none."""
    try:
        fields = Fields(parse(path.read_bytes(), str(path)), str(path))
    except OSError as error:
        raise ResultsError(
            expected="a file of votes", got=f"{path} ({error.strerror})", now="check the path"
        ) from error
    if fields.whole("schema") > SCHEMA:
        raise ResultsError(
            expected=f"votes of schema {SCHEMA} or older",
            got=f"schema {fields.whole('schema')} in {path}",
            now="update rainbench",
        )
    listed = fields.document.get("votes")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        fields.refuse("votes", "a list of votes")
    data, voter = fields.text("data"), fields.text("voter")
    return [
        _vote(Fields(each, f"{path}, vote {n}"), data, voter) for n, each in enumerate(listed, 1)
    ]


def _vote(fields: Fields, data: str, voter: str) -> Vote:
    choice = fields.text("choice")
    if choice not in _CHOICES:
        fields.refuse("choice", f"one of {', '.join(_CHOICES)}")
    first, second = fields.text("first"), fields.text("second")
    if first == second:
        fields.refuse("second", "another run than the first")
    return Vote(
        data=data,
        image=fields.text("image"),
        voter=voter,
        first=first,
        second=second,
        choice=cast(Choice, choice),
    )


def hold_contests(votes: Iterable[Vote]) -> list[Contest]:
    """Fit strengths to votes, apart for each dataset and for runs that no vote connects."""
    last = {vote.asked: vote for vote in votes}
    by_data: dict[str, list[Vote]] = {}
    for vote in last.values():
        by_data.setdefault(vote.data, []).append(vote)
    return [
        _hold(data, [vote for vote in by_data[data] if vote.first in runs], sorted(runs))
        for data in sorted(by_data)
        for runs in _connected(by_data[data])
    ]


def _connected(votes: Sequence[Vote]) -> list[set[str]]:
    """Part the runs into those that were, if only by way of others, held against each other."""
    groups: list[set[str]] = []
    for vote in votes:
        met = [group for group in groups if group & {vote.first, vote.second}]
        groups = [group for group in groups if group not in met]
        groups.append({vote.first, vote.second}.union(*met))
    return sorted(groups, key=min)


def _hold(data: str, votes: Sequence[Vote], runs: Sequence[str]) -> Contest:
    from rainbench.evidence.statistics import Interval
    from rainbench.votes.bradley_terry import fit_strengths, strength_intervals

    voters, images = {vote.voter for vote in votes}, {vote.image for vote in votes}
    unit: Literal["voter", "image"] = "voter" if len(voters) >= FEWEST_VOTERS else "image"
    counts = _count(votes, runs, sorted(voters if unit == "voter" else images), unit)
    total = counts.sum(axis=0)
    fitted, intervals = fit_strengths(total), strength_intervals(counts)
    strengths = [
        Strength(
            run_id=run,
            log_odds=float(fitted[place]),
            interval=None if intervals is None else Interval(*map(float, intervals[place])),
            wins=int(total[place, :, 0].sum()),
            ties=int(total[place, :, 1].sum()),
            losses=int(total[:, place, 0].sum()),
        )
        for place, run in enumerate(runs)
    ]
    return Contest(
        data=data,
        strengths=tuple(sorted(strengths, key=lambda each: (-each.log_odds, each.run_id))),
        votes=len(votes),
        voters=len(voters),
        images=len(images),
        unit=unit,
    )


def _count(
    votes: Sequence[Vote], runs: Sequence[str], units: Sequence[str], unit: str
) -> NDArray[np.float64]:
    """Count choices: (units, runs, runs, 2), wins of one over the other and ties both ways."""
    import numpy as np

    place = {name: number for number, name in enumerate(runs)}
    row = {name: number for number, name in enumerate(units)}
    counts = np.zeros((len(units), len(runs), len(runs), 2))
    for vote in votes:
        at, i, j = row[getattr(vote, unit)], place[vote.first], place[vote.second]
        if vote.choice == "tie":
            counts[at, i, j, 1] += 1
            counts[at, j, i, 1] += 1
        else:
            winner, loser = (i, j) if vote.choice == "first" else (j, i)
            counts[at, winner, loser, 0] += 1
    return counts


def find_votes(results: Path) -> list[Path]:
    """List the files of votes that lie in a folder of results."""
    return sorted((results / FOLDER).glob(FILES))
