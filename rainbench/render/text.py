"""What every format does first: words without control characters, numbers with their decimals."""

from __future__ import annotations

import math
import re
import unicodedata

from rainbench.errors import MissingDatasetError
from rainbench.evidence import Measurement, UnseenMean

# A terminal's escape sequences go whole (ECMA-48, section 5.4: CSI; section 5.6: strings), so
# that no stump of one is left standing in the words.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)

# Unicode's categories of control and of format characters: bidirectional overrides, zero width.
_UNSEEN = ("Cc", "Cf")


def printable_error(error: BaseException) -> str:
    """Say an error on one line, or on the lines that it was written in where it has several."""
    several = isinstance(error, MissingDatasetError)
    lines = str(error).split("\n") if several else [str(error)]
    return "\n  ".join(printable(line) for line in lines)


def printable(text: str) -> str:
    """Reduce `text` to one line that changes nothing but itself when shown on a terminal.

    White space of every kind becomes single spaces; escape sequences and invisible characters
    go; a surrogate, which a file name of undecodable bytes brings, becomes U+FFFD.
    """
    spaced = re.sub(r"\s", " ", _SEQUENCE.sub("", text))
    seen = (
        "\ufffd" if unicodedata.category(letter) == "Cs" else letter
        for letter in spaced
        if unicodedata.category(letter) not in _UNSEEN
    )
    return " ".join("".join(seen).split())


def number(value: float, decimals: int) -> str:
    """Write a float with `decimals` of them and a count as it is; "inf" where there is no end."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.{decimals}f}" if math.isfinite(value) else str(value)


def scores(measurement: Measurement | UnseenMean) -> str:
    """Write PSNR in dB and SSIM as tables do: "37.48 / 0.9792", "inf / 1.0000"."""
    return f"{number(float(measurement.psnr_db), 2)} / {number(float(measurement.ssim), 4)}"


def standing(measurement: Measurement) -> tuple[str, ...]:
    """Say what stands beside a score: images of how many, what of them was seen, then its marks."""
    rest = measurement.unseen
    return (
        f"{measurement.images}/{measurement.of}",
        *([measurement.overlap] if measurement.overlap else []),
        *([f"{scores(rest)} on the {rest.images} unseen"] if rest else []),
        *measurement.marks,
    )
