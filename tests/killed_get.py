"""One `data get`, for test_kill_get.py to start and to kill: killed_get.py PLUGIN PLACE.

It says "ready" once it could work, and prints the splits that are there in the end.
"""

import sys
from pathlib import Path

from rainbench.data.fetching import Ways
from rainbench.data.get import get_dataset


def main() -> None:
    plugin, place = sys.argv[1], Path(sys.argv[2])
    print("ready", flush=True)
    gotten = get_dataset(f"{plugin}:test", root=place, ways=Ways())
    print("already" if gotten.already else "installed")


if __name__ == "__main__":
    main()
