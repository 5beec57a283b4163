"""make check's last part: the wheel, built from the sdist, at work in a clean venv.

Nothing here may find the checkout by accident: the venv and the working folder lie outside it.
"""

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
SHELVES = ("methods", "datasets", "reports")


def main() -> int:
    """Build, compare, install and run; returns the exit status."""
    with TemporaryDirectory(prefix="rainbench-wheel-") as name:
        folder = Path(name)
        _run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], cwd=folder)
        (wheel,) = folder.glob("*.whl")
        (sdist,) = folder.glob("*.tar.gz")
        problems = [*_compare_wheel(wheel), *_compare_sdist(sdist)]
        python = _install(wheel, folder / "venv")
        problems += _try_out(python, folder)
    for problem in problems:
        print(f"wheel: {problem}", file=sys.stderr)
    print("wheel: " + ("NOT as it should be" if problems else "as it should be"))
    return 1 if problems else 0


def _tracked(*folders: str) -> set[str]:
    listed = _run(["git", "ls-files", "-z", "--", *folders], cwd=ROOT).split("\0")
    return {name for name in listed if name}


def _compare_wheel(wheel: Path) -> list[str]:
    """The wheel holds the tracked files, under one name, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        (top,) = (name for name in held if name.endswith(".dist-info/top_level.txt"))
        top_level = archive.read(top).decode().split()
    held = {name for name in held if ".dist-info/" not in name}
    wanted = {
        f"rainbench/{name}" if name.split("/")[0] in SHELVES else name
        for name in _tracked("rainbench", *SHELVES)
    }
    return [
        *(f"tracked, but not in the wheel: {name}" for name in sorted(wanted - held)),
        *(f"in the wheel, but not tracked: {name}" for name in sorted(held - wanted)),
        *([] if top_level == ["rainbench"] else [f"top_level.txt is {top_level}"]),
    ]


def _compare_sdist(sdist: Path) -> list[str]:
    """The sdist holds what the tests need."""
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    files = ("pyproject.toml", "constraints.txt", "CITATION.cff")
    wanted = _tracked("rainbench", *SHELVES, "tests", *files)
    return [f"tracked, but not in the sdist: {name}" for name in sorted(wanted - held)]


def _install(wheel: Path, place: Path) -> Path:
    """Install the wheel with the constraints, and beside it a stand-in of another `datasets`."""
    venv.create(place, with_pip=False, symlinks=os.name != "nt")
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # The outer pip, and no byte code ahead of time: a quarter of the time.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    constraints = ["-c", str(ROOT / "constraints.txt")]
    _run([*pip, "install", "--quiet", "--no-compile", *constraints, str(wheel)], cwd=place)
    site = _run([str(python), "-c", "import sysconfig as s; print(s.get_path('purelib'))"], place)
    other = Path(site.strip()) / "datasets"
    other.mkdir()  # fails where the wheel has brought one
    (other / "__init__.py").write_text("OTHER = True\n", encoding="utf-8")
    return python


def _try_out(python: Path, folder: Path) -> list[str]:
    answer = _run(
        [str(python), "-m", "rainbench", "run", "--method", "msfm", "--dataset", "toy",
         "--results", str(folder / "results"), "--json"],
        cwd=folder,
        RAINBENCH_CACHE=str(folder / "cache"),
    )  # fmt: skip
    units = [json.loads(line) for line in answer.splitlines()]
    checks: dict[str, Callable[[], bool]] = {
        "run --json prints one unit with scores": lambda: (
            [unit["method"].partition("@")[0] for unit in units] == ["msfm"]
            and bool(units[0]["scores"])
        ),
        "rainbench comes from the venv": lambda: (
            str(folder) in _ask(python, "import rainbench; print(rainbench.__file__)", folder)
        ),
        "`import datasets` is not ours": lambda: _is_other(python, folder),
        "`import datasets` in the checkout is not ours": lambda: _is_other(python, ROOT),
    }
    return [f"not so: {what}" for what, holds in checks.items() if not holds()]


def _is_other(python: Path, cwd: Path) -> bool:
    code = "import rainbench, rainbench.registry, datasets; print(datasets.OTHER)"
    return _ask(python, code, cwd).strip() == "True"


def _ask(python: Path, code: str, cwd: Path) -> str:
    return _run([str(python), "-c", code], cwd=cwd)


def _run(command: list[str], cwd: Path, **extra: str) -> str:
    """Run a command and return what it prints; its errors go where ours go."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "RAINBENCH_"))}
    run = subprocess.run(
        command,
        cwd=cwd,
        env={**clean, **extra},
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    return run.stdout


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"wheel: status {error.returncode} of {' '.join(error.cmd)}\n{error.output}")
