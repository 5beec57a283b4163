"""Claims that measured scores settle: what a part of the network is worth, and who is best."""

from collections.abc import Callable, Sequence

from rainbench import Difference, Evidence, Result, compare_rows

from .finding import CONTRADICTED, NOT_SUPPORTED, SUPPORTED, Finding
from .printed import find_printed

NO_LOSS = 0.05
"""In dB: what is not of practical size is no loss."""


def better(
    first: str, second: str, *, in_paper: tuple[str, str] | None = None
) -> Callable[[Evidence], Finding | None]:
    """Make a test of whether one network beats another that was trained on the same.

    `in_paper`: table 2's rows of the two, where the paper's own numbers can say the contrary.
    """

    def look(evidence: Evidence) -> Finding | None:
        own = _in_paper(evidence, *in_paper) if in_paper else None
        pairs = _pairs(evidence, first, second)
        measured = "; ".join(_words(pair, _gain(pair, first)) for pair in pairs)
        number = "; ".join(part for part in (own and own.number, measured) if part)
        if own is not None and own.verdict == CONTRADICTED:
            return Finding(number, CONTRADICTED)
        if not pairs:
            return None
        good = all(
            pair.distinguishable and pair.practical and _gain(pair, first) > 0 for pair in pairs
        )
        return Finding(number, SUPPORTED if good else NOT_SUPPORTED)

    return look


def no_worse(first: str, second: str) -> Callable[[Evidence], Finding | None]:
    """Make a test of whether one network loses nothing to another trained on the same."""

    def look(evidence: Evidence) -> Finding | None:
        pairs = _pairs(evidence, first, second)
        if not pairs:
            return None
        good = all(_least(pair, first) > -NO_LOSS for pair in pairs)
        number = "; ".join(_words(pair, _gain(pair, first)) for pair in pairs)
        return Finding(number, SUPPORTED if good else NOT_SUPPORTED)

    return look


def ahead(
    words: str, others: Sequence[str], *, share: float
) -> Callable[[Evidence], Finding | None]:
    """Make a test of whether in-domain weights score as high as others in such a share of cells.

    A cell is another method on a dataset that both were trained for.
    """

    def look(evidence: Evidence) -> Finding | None:
        ours = _in_domain(evidence, words)
        cells = [
            (each, ours[data])
            for other in others
            for data, each in _in_domain(evidence, other).items()
            if data in ours
        ]
        if not cells:
            return None
        won = sum(mine.measurement.psnr_db >= other.measurement.psnr_db for other, mine in cells)
        good = won > share * len(cells) if share < 1 else won == len(cells)
        number = f"as high in PSNR in {won} of {len(cells)} cells of other methods x datasets"
        return Finding(number, SUPPORTED if good else NOT_SUPPORTED)

    return look


def _in_paper(evidence: Evidence, first: str, second: str) -> Finding | None:
    one, other = (find_printed(evidence, "table 2", words) for words in (first, second))
    if one is None or other is None or one.psnr_db is None or other.psnr_db is None:
        return None
    gain = one.psnr_db - other.psnr_db
    number = f"table 2: {one.method} {one.psnr_db:.2f}, {other.method} {other.psnr_db:.2f} dB"
    return Finding(number, SUPPORTED if gain > 0 else CONTRADICTED)


def _pairs(evidence: Evidence, first: str, second: str) -> list[Difference]:
    """Compare two networks on every dataset, within what both were trained on."""
    found = []
    groups = [_grouped(evidence.results_of(words)) for words in (first, second)]
    for key in sorted(groups[0].keys() & groups[1].keys()):
        [pair] = compare_rows([groups[0][key], groups[1][key]], "psnr_db").values()
        if pair.mean is not None:
            found.append(pair)
    return found


def _grouped(results: Sequence[Result]) -> dict[tuple[str, str], list[Result]]:
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        if result.trained_on is not None and result.images:
            groups.setdefault((result.measurement.data, result.trained_on), []).append(result)
    return groups


def _gain(pair: Difference, first: str) -> float:
    """Say by how much the first network is ahead, in dB: the pair has the higher mean first."""
    mean = pair.mean or 0.0
    return mean if _is_of(pair.first, first) else -mean


def _least(pair: Difference, first: str) -> float:
    if pair.interval is None:
        return _gain(pair, first)
    return pair.interval.low if _is_of(pair.first, first) else -pair.interval.high


def _is_of(row: str, words: str) -> bool:
    """Whether a row's name is of these METHOD words: "msfm@mine (2 seeds)" of "msfm"."""
    return row.partition(" (")[0].partition("@")[0] == words


def _words(pair: Difference, gain: float) -> str:
    between = ""
    if pair.interval is not None:
        low, high = pair.interval
        ahead = gain == pair.mean
        low, high = (low, high) if ahead else (-high, -low)
        between = f" (95%: {low:+.2f} to {high:+.2f})"
    return f"{pair.data}: {gain:+.2f} dB{between}, {pair.scenes} scenes"


def _in_domain(evidence: Evidence, words: str) -> dict[str, Result]:
    """Find, by data, the best weights that were trained on that dataset's own training split."""
    found: dict[str, Result] = {}
    for result in evidence.results_of(words):
        data = result.measurement.data
        best = found.get(data)
        if result.in_domain and (
            best is None or best.measurement.psnr_db < result.measurement.psnr_db
        ):
            found[data] = result
    return found
