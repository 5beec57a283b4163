"""make truth: whole real datasets scored, published beside measured.

Takes the datasets and checkpoints from RAINBENCH_DATA and goes on where it was stopped; its
results lie in results/truth. Exit status 1 where a measured mean does not round to the digits
published, or lies further from them than a row allows a re-implementation; 2 where RAINBENCH_DATA
is not set.
"""

import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tabulate import tabulate

import rainbench
from rainbench.runs.summary import UnitSummary

ROWS = Path(__file__).parent / "golden" / "truth.toml"
RESULTS = Path("results") / "truth"
EXPLAINED = "prenet@rain100l"
"""The row of which `explain` must find the protocol, too."""
HEADERS = ["method", "dataset", "protocol", "images", "published", "measured", "", "source"]


def main() -> int:
    """Measure every row and print the table."""
    data = os.environ.get("RAINBENCH_DATA")
    if not data:
        print("set RAINBENCH_DATA to the folder of datasets and checkpoints", file=sys.stderr)
        return 2
    rows = list(measure(Path(data)))
    print(tabulate(rows, headers=HEADERS, disable_numparse=True))
    return 0 if all(row[6].startswith(("equal", "within")) for row in rows) else 1


def measure(data: Path) -> Iterator[list[str]]:
    """Run each row of truth.toml: one line of the table a row."""
    for row in tomllib.loads(ROWS.read_text(encoding="utf-8"))["row"]:
        print(f"{row['method']} {row.get('weights', '')} on {row['dataset']}", file=sys.stderr)
        weights = data / row["weights"] if "weights" in row else None
        folder = data / row["dataset"]
        dataset = str(folder) if "/" in row["dataset"] else row["dataset"]
        (unit,) = rainbench.run(row["method"], dataset, results=RESULTS, weights=weights)
        yield _line(row, unit)
        if row.get("row") == EXPLAINED and isinstance(unit, UnitSummary):
            yield _explained(row, unit)


def _explained(row: dict[str, Any], unit: UnitSummary) -> list[str]:
    """Ask of the pictures that the run left which protocol gives the published number."""
    dataset = rainbench.open_dataset(row["dataset"])
    found = rainbench.explain_number(
        row["psnr_db"], dataset, ssim=row["ssim"], restored=unit.folder / "restored"
    )
    first = found.classes[0]
    equal = first.fits and row["protocol"] in first.names
    names = ", ".join(first.names)
    return [
        f"explain {unit.method}", row["dataset"], row["protocol"], str(found.images),
        f"{row['psnr_db']} / {row['ssim']}", names, "equal" if equal else "NOT EQUAL",
        row["source"],
    ]  # fmt: skip


def _line(row: dict[str, Any], unit: object) -> list[str]:
    published = f"{row['psnr_db']} / {row['ssim']}"
    if not isinstance(unit, UnitSummary) or row["protocol"] not in unit.scores:
        why = str(getattr(unit, "error", "no score"))
        return [row["method"], row["dataset"], row["protocol"], "", published, "", why, ""]
    score = unit.scores[row["protocol"]]
    as_published, verdict = _held_to(row, score)
    if not as_published:
        verdict = f"NOT {verdict}"
    if unit.images != unit.of:
        verdict = "INCOMPLETE"
    return [
        unit.method,
        row["dataset"],
        row["protocol"],
        f"{unit.images}/{unit.of}",
        published,
        f"{score.psnr_db:.4f} / {score.ssim:.4f}",
        verdict,
        row["source"],
    ]


def _held_to(row: dict[str, Any], score: rainbench.Score) -> tuple[bool, str]:
    """Say whether a mean is what its row asks for, and what that is."""
    if "within_db" in row:
        apart = abs(score.psnr_db - float(row["psnr_db"]))
        return apart <= row["within_db"], f"within {row['within_db']} dB"
    measured = [_rounded(score.psnr_db, row["psnr_db"]), _rounded(score.ssim, row["ssim"])]
    return measured == [row["psnr_db"], row["ssim"]], "equal"


def _rounded(value: float, like: str) -> str:
    return f"{value:.{len(like.partition('.')[2])}f}"


if __name__ == "__main__":
    sys.exit(main())
