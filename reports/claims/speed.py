"""The claim that a stopwatch settles."""

from rainbench import Evidence

from .finding import NOT_SUPPORTED, SUPPORTED, Finding

CARD = "1080 Ti"
"""What the paper measured on."""

SECONDS = 0.030

SIDE = 512
"""Of the image, in pixels."""


def takes_30_ms(evidence: Evidence) -> Finding | None:
    """Read the profiles at that size: the card's own, and others to compare with.

    Another machine cannot say that the paper's took longer; one of that card can.
    """
    found = [
        each
        for each in evidence.profiles
        if each.label.partition("@")[0] == "msfm" and (each.width, each.height) == (SIDE, SIDE)
    ]
    on_card = [each for each in found if CARD in each.place]
    if not on_card:
        return None
    number = "; ".join(
        f"{each.latency.median_s:.3f} s on {each.place} by {each.engine}" for each in found
    )
    good = min(each.latency.median_s for each in on_card) <= SECONDS
    return Finding(number, SUPPORTED if good else NOT_SUPPORTED)
