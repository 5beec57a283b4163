"""Reports as values: what a table refuses, and how weights stand to data."""

from dataclasses import replace

import pytest

from rainbench import Column, Figure, Measurement, Series, Table
from rainbench.errors import ProtocolError, UsageError
from rainbench.evidence.marks import training_marks

SCORE = Measurement(
    psnr_db=32.614,
    ssim=0.95123,
    protocol="y-prenet",
    dataset="rain100l",
    release="original",
    split="test",
    images=100,
    of=100,
)


def table_of(*cells: Measurement) -> Table:
    return Table(
        title="t",
        columns=(Column(title="method"), Column(title="score")),
        rows=tuple((f"row {index}", cell) for index, cell in enumerate(cells)),
    )


def test_a_table_refuses_to_mix_protocols_and_names_the_rows() -> None:
    with pytest.raises(ProtocolError, match="row 0 under y-prenet, row 1 under rgb-gauss"):
        table_of(SCORE, replace(SCORE, protocol="rgb-gauss"))


def test_a_column_refuses_to_mix_releases_and_names_the_rows() -> None:
    with pytest.raises(ProtocolError, match=r"row 1 under rain100l \(480x320\)"):
        table_of(SCORE, replace(SCORE, release="480x320"))


def test_two_protocols_in_two_columns_of_one_table_are_refused_too() -> None:
    columns = (Column(title="method"), Column(title="a"), Column(title="b"))
    rows = (("msfm", SCORE, replace(SCORE, protocol="rgb-gauss", dataset="rain100h")),)
    with pytest.raises(ProtocolError, match="one protocol in a table"):
        Table(title="t", columns=columns, rows=rows)


def test_a_row_has_a_cell_for_every_column() -> None:
    with pytest.raises(UsageError, match="2 cells in each row"):
        Table(title="t", columns=(Column(title="a"), Column(title="b")), rows=(("x",),))


def test_a_table_knows_its_protocol() -> None:
    assert table_of(SCORE).protocol == "y-prenet"
    assert table_of().protocol is None


def test_a_figure_can_be_told_as_a_table() -> None:
    figure = Figure(title="f", x="ms", y="dB", series=(Series("msfm", ((1.0, 2.0), (3.0, 4.0))),))
    assert figure.as_table().rows == (("msfm", 1.0, 2.0), ("msfm", 3.0, 4.0))


@pytest.mark.parametrize(
    ("trained_on", "marks"),
    [
        (None, ()),
        ("not stated", ()),
        ("rain100l:train", ()),
        ("rain100h:train and rain100l:train", ()),
        ("rain100h:train", ("cross-dataset",)),
        ("rain100l-copy:train", ("cross-dataset",)),
        ("BSDS500 photographs under rendered rain", ("cross-dataset",)),
        ("rain100l:test", ("trained on these images",)),
    ],
)
def test_how_weights_stand_to_the_data_they_are_scored_on(
    trained_on: str | None, marks: tuple[str, ...]
) -> None:
    assert training_marks(trained_on, "rain100l", "test") == marks


def test_a_figure_told_as_a_table_keeps_small_numbers_and_counts_apart() -> None:
    series = (Series("loss", ((500.0, 0.00116), (1000.0, 0.16))),)
    table = Figure(title="f", x="step", y="mean loss", series=series).as_table()
    assert [column.decimals for column in table.columns] == [2, 0, 5]
    assert Figure(title="f", x="x", y="y", series=()).as_table().rows == ()
