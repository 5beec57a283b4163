"""python -m rainbench: the same as the command."""

import sys

from rainbench.cli import main

if __name__ == "__main__":  # a spawned worker imports this file and must not run it
    sys.exit(main())
