"""Killed at any moment, `data get` leaves nothing half installed and loses nothing fetched."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from rainbench.data.install import parts
from rainbench.data.opening import open_dataset
from tests.archives import tree
from tests.misbehaving_server import serving
from tests.served_dataset import PAIRS, archive, pictures, write_plugin

GET = Path(__file__).with_name("killed_get.py")
KILLS = 20
SIZE = 200
"""Pixels along an edge: a megabyte in all."""


def start(plugin: Path, place: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(GET), str(plugin), str(place)],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )


def check_nothing_is_half_installed(plugin: Path, place: Path) -> bool:
    """Whether it is installed; what is there of it is whole and as it was made."""
    found = parts(place / "served")
    assert not list((place / "served").glob("*")) or found
    for part in found:
        assert len(open_dataset(f"{plugin}:test", root=place).pairs) == PAIRS
        installed = {name: held for name, held in tree(part.path).items() if "/" in name}
        assert installed == {f"Served/{name}": held for name, held in pictures(size=SIZE).items()}
    return bool(found)


def test_twenty_kills_end_in_a_verified_install(tmp_path: Path) -> None:
    """Kills fall while it starts, fetches, unpacks, recognises, installs and cleans up."""
    plugin, place = write_plugin(tmp_path, [["/none"]]), tmp_path / "data"
    moments = random.Random(os.getpid())  # noqa: S311 no secret
    installs = 0
    with serving() as server:
        contents = server.files["/Served.zip"] = archive(size=SIZE)
        write_plugin(tmp_path, [[server.url("/Served.zip")]])
        for kill in range(KILLS):
            if kill == KILLS // 2:
                # Nothing that was kept is fetched again; what was on its way is lost.
                assert server.sent <= len(contents) * (installs + 1) + kill * 2**16
            # Slow at first, so that kills fall into the fetching, then as fast as it can.
            server.bytes_per_second = 1.5 * len(contents) if kill < KILLS // 2 else None
            process = start(plugin, place)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(moments.uniform(0, 0.35))
            process.kill()
            process.communicate(timeout=60)
            if check_nothing_is_half_installed(plugin, place):
                installs += 1
                for part in parts(place / "served"):
                    for path in sorted(part.path.rglob("*"), reverse=True):
                        path.rmdir() if path.is_dir() else path.unlink()
                    part.path.rmdir()
        last = start(plugin, place)
        said = last.communicate(timeout=60)[0].split()
        assert said == ["ready", "installed"]
        assert check_nothing_is_half_installed(plugin, place)
        assert start(plugin, place).communicate(timeout=60)[0].split() == ["ready", "already"]
    assert not list(place.glob(".staging-*"))
    assert not (place / ".downloads").exists()
