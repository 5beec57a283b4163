"""Darkens a picture by a tenth, in a program of its own: the least that an external method is."""

import sys

from rainbench import Command, ExternalMethod

METHOD = ExternalMethod(
    title="Darken",
    restore=Command(sys.executable, "-I", "darken_folder.py", "{input}", "{output}", timeout_s=60),
    trained_on=None,
)
