"""JSON: one strict document that holds every field."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from rainbench import Column, Measurement, Note, Table
from rainbench.errors import UnknownNameError, UsageError
from rainbench.render import FORMATS, format_of, render

SCORE = Measurement(
    psnr_db=math.inf,
    ssim=1.0,
    protocol="y-prenet",
    dataset="toy",
    release="1",
    split="test",
    images=10,
    of=10,
)


def test_infinity_is_a_word_because_json_has_none() -> None:
    columns = (Column(title="a"), Column(title="b"), Column(title="c"))
    table = Table(title="t", columns=columns, rows=(("x", SCORE, -math.inf),))
    document = json.loads(render([table, Note("\x1b[31m")], "json"))
    assert document["schema"] == 1
    [_, score, number] = document["blocks"][0]["rows"][0]
    assert score["psnr_db"] == "inf"
    assert score["protocol"] == "y-prenet"
    assert number == "-inf"


def test_control_characters_never_reach_the_terminal_raw() -> None:
    assert "\x1b" not in render([Note("\x1b[31m")], "json")


def test_a_format_that_is_none_offers_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean markdown"):
        render([], "markdwon")


def test_a_file_name_can_ask_for_its_format() -> None:
    assert format_of(Path("results.TEX")) == "latex"
    assert format_of(Path("table")) == "markdown"
    assert format_of(None) == "markdown"
    with pytest.raises(UsageError, match=r"got table\.docx; name it so, or say --format"):
        format_of(Path("table.docx"))


@pytest.mark.parametrize("style", FORMATS)
def test_rendering_twice_gives_the_same_bytes_and_ends_in_a_line(style: str) -> None:
    note = Note("words")
    table = Table(title="t", columns=(Column(title="a"),), rows=(("x",),), keys=0)
    text = render([note, table], style)
    assert text.endswith("\n")
    assert text == render([replace(note), replace(table)], style)
