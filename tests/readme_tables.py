"""Tables of README.md that are made from the code: `make readme` writes them, a test holds them.

Each stands between `<!-- NAME -->` and `<!-- end of NAME -->`.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from rainbench.dataset import Dataset
from rainbench.registry import dataset_plugins
from rainbench.render import render
from rainbench.report import Column, Table
from rainbench.shelves.overview import as_blocks, list_methods

README = Path(__file__).parent.parent / "README.md"
MEASURED = Path(__file__).parent / "bench" / "measured.json"
PERFORMANCE = ("inference", "training", "run", "gpu", "growth", "photograph")
TRUTH = Path(__file__).parent / "golden" / "truth.toml"


def methods() -> str:
    """Print what `rainbench list methods` prints."""
    return render(as_blocks(list_methods()), "markdown")


def weights() -> str:
    """Print what `make truth` holds published weights to on Rain100L."""
    rows = tomllib.loads(TRUTH.read_text(encoding="utf-8"))["row"]
    columns = (
        Column(title="weights"),
        Column(title="PSNR (dB)", align="right"),
        Column(title="SSIM", align="right", decimals=3),
        Column(title="training scenes"),
        Column(title="source of the digits"),
    )
    cells = tuple(
        (row["row"], float(row["psnr_db"]), float(row["ssim"]), row["scenes"], row["source"])
        for row in rows
        if "scenes" in row
    )
    title = "Published weights on all 100 images of Rain100L, y-prenet"
    return render([Table(title=title, columns=columns, rows=cells)], "markdown")


def datasets() -> str:
    """Print every dataset of the shelf: its pairs, its licence and how it is had."""
    rows = tuple(_dataset_row(plugin.name, plugin.value) for plugin in dataset_plugins())
    titles = ("dataset", "what it is", "pairs", "licence", "to be had")
    columns = tuple(Column(title=title) for title in titles)
    return render([Table(title="Datasets", columns=columns, rows=rows)], "markdown")


def _dataset_row(name: str, dataset: Dataset) -> tuple[str, ...]:
    paper = dataset.paper
    what = dataset.title if paper is None else f"{dataset.title}, {paper.venue} {paper.year}"
    counts = next(iter(dataset.releases.values())).counts
    pairs = ", ".join(f"{split} {count or '?'}" for split, count in counts.items())
    if dataset.make is not None:
        how = "drawn here"
    elif any(source.host != "by-hand" for source in dataset.sources):
        how = f"data get {name}"
    else:
        how = "by hand"
    return name, what, pairs, dataset.licence, how


def performance(measured: Path = MEASURED) -> str:
    """Print what `make bench` measured last of time and memory, a table a bench."""
    if not measured.exists():
        return "Nothing is measured: `make bench`, then `make readme`."
    benches = json.loads(measured.read_text(encoding="utf-8"))["benches"]
    tables = [_performance_table(name, benches[name]) for name in PERFORMANCE if name in benches]
    return render(tables, "markdown")


def _performance_table(name: str, bench: Mapping[str, Any]) -> Table:
    machine, threads = bench["machine"], bench["threads"]
    where = f"{machine['processor']}, {machine['cores']} cores"
    if name == "gpu":
        where = f"{machine['accelerator']}, {where}"
    if threads is not None:
        where += f", {threads} thread{'' if threads == 1 else 's'}"
    title = f"{name}: {where}, load {bench['load']} at the start, {bench['when'][:10]}"
    budgets = getattr(import_module(f"tests.bench.{name}"), "BUDGETS", {})
    rows = tuple(
        (what, float(figure), float(budgets[what]) if what in budgets else "")
        for what, figure in bench["figures"].items()
        if "," not in what  # a comma leads to a detail: quartiles, processor time
    )
    columns = (
        Column(title="what"),
        Column(title="measured", align="right", decimals=3),
        Column(title="at most", align="right", decimals=3),
    )
    return Table(title=title, columns=columns, rows=rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "methods": methods,
    "weights": weights,
    "datasets": datasets,
    "performance": performance,
}


def renewed(text: str) -> str:
    """Return README's text with every table made anew. Raises LookupError for lost markers."""
    for name, make in TABLES.items():
        between = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)
        if len(between.findall(text)) != 1:
            raise LookupError(f"README.md has no place for the table {name}, or several")
        text = between.sub(f"\n{make()}\n".replace("\\", r"\\"), text)
    return text


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
