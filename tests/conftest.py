"""What every test stands on: no results or caches of the user's, one thread, a fixed seed."""

import os
import random
import sys
import textwrap
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import settings

SEED = 0

# The same examples every time, and no clock: a busy machine is no failure.
settings.register_profile("suite", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("suite")

# Here, before any test imports numpy or torch: their threads would fight for few cores.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


@pytest.fixture(scope="session", autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the suite's own caches and results out of the user's folders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAINBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("COLUMNS", "100")  # messages wrap alike on every terminal
        patch.setenv("NO_COLOR", "1")
        yield


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Start every test from the same random state, in whatever order they run."""
    random.seed(SEED)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(SEED)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(SEED)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real datasets, or a skip: they are not part of the project."""
    folder = os.environ.get("RAINBENCH_DATA")
    if not folder:
        pytest.skip("RAINBENCH_DATA is not set")
    if not Path(folder).is_dir():
        pytest.fail(f"RAINBENCH_DATA is {folder}, which is no folder")
    return Path(folder).resolve()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a text, dedented, to a file under the test's own folder."""

    def write(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    return write


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With RAINBENCH_STRICT set: fail on an unexpected skip, and where nothing ran at all."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("RAINBENCH_STRICT"):
        return
    skips = reporter.stats.get("skipped", [])
    unexpected = [skip for skip in skips if not _expected(skip)]
    for skip in unexpected:
        reporter.write_line(f"\nunexpected skip: {skip.nodeid}: {_reason(skip)}", red=True)
    if not reporter.stats.get("passed"):
        reporter.write_line("\nno test passed", red=True)
    if unexpected or not reporter.stats.get("passed"):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def _expected(skip: pytest.TestReport) -> bool:
    lines = (Path(__file__).parent / "expected_skips.txt").read_text(encoding="utf-8").splitlines()
    rules = [line.split("|") for line in lines if line.strip() and not line.startswith("#")]
    return any(
        fnmatchcase(skip.nodeid, test.strip()) and fnmatchcase(_reason(skip), reason.strip())
        for test, reason in rules
    )


def _reason(skip: pytest.TestReport) -> str:
    place = skip.longrepr[2] if isinstance(skip.longrepr, tuple) else str(skip.longrepr)
    return place.removeprefix("Skipped: ")
