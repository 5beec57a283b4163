"""How long the page of ten methods on a hundred images takes to make, and to open in Chromium."""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from rainbench.render import write_report
from tests.browser import open_browser, why_no_browser
from tests.made_results import MadeRun, make_results

METHODS, IMAGES, SIZE = 10, 100, (321, 481)
ROUNDS = 5
BUDGETS = {"page, seconds to open": 2.0}


def measure() -> dict[str, float]:
    """Seconds to make it, MB of the file and of the pictures beside it, seconds to open it.

    Opened: from the address to the second frame drawn after the page has loaded, in the best of
    a few rounds, so that a busy machine counts less.
    """
    with TemporaryDirectory(prefix="rainbench-page-") as name:
        place = Path(name)
        runs = [MadeRun(label="rainy")]
        runs += [MadeRun(label=f"method{n}", gain_db=n) for n in range(1, METHODS)]
        images = [f"rain-{n:03}" for n in range(1, IMAGES + 1)]
        results = make_results(place, runs, names=images, size=SIZE)
        page = place / "page.html"
        start = perf_counter()
        write_report("table", results, page, style="html")
        found = {
            "page, seconds to make": perf_counter() - start,
            "page, MB of the file": page.stat().st_size / 1e6,
            "page, MB of pictures beside it": _size(place / "page_files") / 1e6,
        }
        if why_no_browser() is None:
            found["page, seconds to open"] = min(_open(page) for _ in range(ROUNDS))
        return found


def _open(page: Path) -> float:
    with open_browser() as browser:
        start = perf_counter()
        browser.get(page.as_uri())
        browser.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
        )
        return perf_counter() - start


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
