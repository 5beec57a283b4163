"""Claims that the paper's own tables settle."""

from collections.abc import Mapping

from rainbench import Evidence, Published

from .finding import CONTRADICTED, PAPER, SUPPORTED, Finding

DEFAULT = "msfm"
"""The default configuration, in every table."""


def one_value(evidence: Evidence) -> Finding | None:
    """Compare what two tables print of one configuration."""
    found = [find_printed(evidence, place, "msfm") for place in ("table 2", "table 3")]
    values = [each.psnr_db for each in found if each is not None and each.psnr_db is not None]
    if len(values) < 2:
        return None
    verdict = SUPPORTED if values[0] == values[1] else CONTRADICTED
    return Finding(f"{values[0]:.2f} dB in table 2, {values[1]:.2f} dB in table 3", verdict)


def best_settings(evidence: Evidence) -> Finding | None:
    """Look in table 3 for a larger configuration that scores higher."""
    rows = _scores(evidence, "table 3")
    if DEFAULT not in rows:
        return None
    best = max(rows, key=lambda words: rows[words])
    verdict = SUPPORTED if rows[best] <= rows[DEFAULT] else CONTRADICTED
    return Finding(f"{best}: {rows[best]:.2f} dB against {rows[DEFAULT]:.2f}", verdict)


def smaller_is_worse(evidence: Evidence) -> Finding | None:
    """Look in table 3 for a smaller configuration that scores as high."""
    rows = _scores(evidence, "table 3")
    smaller = [words for words in rows if _is_smaller(evidence, words, DEFAULT)]
    if DEFAULT not in rows or not smaller:
        return None
    best = max(smaller, key=lambda words: rows[words])
    verdict = SUPPORTED if rows[best] < rows[DEFAULT] else CONTRADICTED
    return Finding(f"{best}: {rows[best]:.2f} dB against {rows[DEFAULT]:.2f}", verdict)


def larger_is_better(evidence: Evidence) -> Finding | None:
    """Look in table 4 for two configurations of which the larger scores no higher."""
    rows = _scores(evidence, "table 4")
    pairs = [(a, b) for a in rows for b in rows if _is_smaller(evidence, a, b)]
    if not pairs:
        return None
    held = sum(rows[smaller] < rows[larger] for smaller, larger in pairs)
    verdict = SUPPORTED if held == len(pairs) else CONTRADICTED
    return Finding(f"higher in {held} of {len(pairs)} pairs of which one is larger", verdict)


def default_is_highest(evidence: Evidence) -> Finding | None:
    """Look in table 2 for a row as high as the default."""
    rows = _of_table(evidence, "table 2")
    ours = rows.pop(DEFAULT, None)
    if ours is None or not rows:
        return None
    psnr = max(each.psnr_db or 0.0 for each in rows.values())
    ssim = max(each.ssim or 0.0 for each in rows.values())
    own = ours.psnr_db or 0.0, ours.ssim or 0.0
    verdict = SUPPORTED if own[0] > psnr and own[1] > ssim else CONTRADICTED
    number = f"{own[0]:.2f} dB, {own[1]:.2f}; the best of the others {psnr:.2f} dB, {ssim:.2f}"
    return Finding(number, verdict)


def find_printed(evidence: Evidence, place: str, words: str) -> Published | None:
    """Find what the paper prints of a network in one of its tables."""
    found = (
        number
        for number in evidence.published
        if (number.key, number.place, number.words) == (PAPER, place, words)
    )
    return next(found, None)


def _of_table(evidence: Evidence, place: str) -> dict[str, Published]:
    return {
        number.words: number
        for number in evidence.published
        if (number.key, number.place) == (PAPER, place)
    }


def _scores(evidence: Evidence, place: str) -> Mapping[str, float]:
    rows = _of_table(evidence, place)
    return {words: n.psnr_db for words, n in rows.items() if n.psnr_db is not None}


def _is_smaller(evidence: Evidence, words: str, than: str) -> bool:
    """Whether no size of a network is larger than another's, and one is smaller."""
    one, other = (evidence.settings.get(each, {}) for each in (words, than))
    sizes = ("layers", "channels", "scales", "dilations")
    if not all(size in each for each in (one, other) for size in sizes):
        return False
    pairs = [(int(one[size]), int(other[size])) for size in sizes]
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
