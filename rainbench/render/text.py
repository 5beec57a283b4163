"""What every format does first: words without control characters, numbers with their decimals."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping

from rainbench.errors import MissingDatasetError
from rainbench.evidence.evidence import Measurement, UnseenMean
from rainbench.evidence.published import Published
from rainbench.report import Rank

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
    return f"{value:z.{decimals}f}" if math.isfinite(value) else str(value)


def scores(measurement: Measurement | UnseenMean) -> str:
    """Write PSNR in dB and SSIM as tables do: "37.48 / 0.9792", "inf / 1.0000"."""
    return f"{number(float(measurement.psnr_db), 2)} / {number(float(measurement.ssim), 4)}"


def ranked(measurement: Measurement, ranks: tuple[Rank, Rank], marks: Mapping[Rank, str]) -> str:
    """Write a PSNR and an SSIM, each in its rank's mark-up: a pattern with one {}."""
    figures = scores(measurement).split(" / ")
    return " / ".join(
        marks[rank].format(figure) if rank else figure
        for figure, rank in zip(figures, ranks, strict=True)
    )


def printed(published: Published) -> str:
    """Write a published PSNR and SSIM with the digits printed: "37.48 / 0.979", "0.914 (SSIM)"."""
    psnr, ssim = digits(published)
    if psnr and ssim:
        return f"{psnr} / {ssim}"
    return f"{psnr} (PSNR)" if psnr else f"{ssim} (SSIM)"


def digits(published: Published) -> tuple[str, str]:
    """Write a published PSNR and SSIM, each with the decimals printed; "" for what is not."""
    psnr_db, ssim = published.psnr_db, published.ssim
    return (
        "" if psnr_db is None else number(psnr_db, published.psnr_decimals),
        "" if ssim is None else number(ssim, published.ssim_decimals),
    )


def origin(published: Published) -> tuple[str, ...]:
    """Say what stands beside a published number: who printed it, under which protocol."""
    return (published.key, published.protocol)


def standing(measurement: Measurement) -> tuple[str, ...]:
    """Say what stands beside a score: images of how many, what of them was seen, then its marks."""
    rest = measurement.unseen
    return (
        f"{measurement.images}/{measurement.of}",
        *([measurement.overlap] if measurement.overlap else []),
        *([f"{scores(rest)} on the {rest.images} unseen"] if rest else []),
        *measurement.marks,
    )
