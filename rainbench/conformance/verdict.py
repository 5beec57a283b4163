"""Checks and their verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from rainbench.errors import RainbenchError, in_words

Status: TypeAlias = Literal["held", "broken", "skipped"]

Subject = TypeVar("Subject")

Check: TypeAlias = Callable[[Subject], str]
"""Tries one thing and says what it saw. Raises RainbenchError where the contract is broken, and
DoesNotApplyError where there is nothing to try."""


class DoesNotApplyError(Exception):
    """There is nothing to try; the words say why."""


class BrokenError(Exception):
    """The contract is broken; the words say what was seen."""


def expect(held: bool, got: str) -> None:
    """Raise BrokenError, saying what was got, unless the contract held."""
    if not held:
        raise BrokenError(got)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one check."""

    check: str
    status: Status
    words: str
    """What was seen, or why nothing was tried."""


@dataclass(frozen=True, kw_only=True)
class Conformance:
    """The verdicts on one plug-in."""

    subject: str
    verdicts: tuple[Verdict, ...]

    @property
    def conforms(self) -> bool:
        """Whether nothing is broken and something was held: no check at all proves nothing."""
        statuses = {verdict.status for verdict in self.verdicts}
        return "held" in statuses and "broken" not in statuses

    def to_json(self) -> dict[str, Any]:
        """Return what `check --json` prints."""
        verdicts = [vars(verdict) for verdict in self.verdicts]
        return {"subject": self.subject, "conforms": self.conforms, "verdicts": verdicts}

    def in_a_word(self) -> str:
        """Say whether it conforms."""
        if self.conforms:
            return "conforms"
        broken = any(verdict.status == "broken" for verdict in self.verdicts)
        return "does not conform" if broken else "nothing could be tried"


def judge(name: str, checks: Mapping[str, Check[Subject]], subject: Subject) -> Conformance:
    """Try every check on a subject; one that breaks stops none of the others."""
    verdicts = tuple(_judge(check, attempt, subject) for check, attempt in checks.items())
    return Conformance(subject=name, verdicts=verdicts)


def _judge(check: str, attempt: Check[Subject], subject: Subject) -> Verdict:
    try:
        return Verdict(check=check, status="held", words=attempt(subject))
    except DoesNotApplyError as reason:
        return Verdict(check=check, status="skipped", words=str(reason))
    except (BrokenError, RainbenchError) as error:
        return Verdict(check=check, status="broken", words=str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a plug-in is anybody's code)
        return Verdict(check=check, status="broken", words=in_words(error))
