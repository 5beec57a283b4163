"""What the two quickest commands may import; `make bench` measures their time."""

import subprocess
import sys

import pytest

HEAVY = {"numpy", "pandas", "cv2", "torch", "skimage", "scipy", "PIL", "safetensors"}


@pytest.mark.parametrize("words", [["--help"], ["list"], ["list", "--json"], ["run", "--help"]])
def test_quick_commands_import_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\nfrom rainbench.cli import main\n"
        f"status = main({words!r})\n"
        "print(*sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)\n"
        "sys.exit(status)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout
    assert not HEAVY & set(run.stderr.split())
    assert not [name for name in run.stderr.split() if name.startswith("rainbench.methods")]
