"""How tables fit a printed page: nothing runs off its foot, and headings keep to their columns."""

from rainbench import Column, Table
from rainbench.render.print_table import LONG, WIDE, Layout


def table(columns: int, rows: int, words: str = "words", title: str = "title") -> Table:
    return Table(
        title="t",
        columns=tuple(Column(title=title) for _ in range(columns)),
        rows=tuple((words,) * columns for _ in range(rows)),
    )


def test_rows_that_fit_a_page_stay_together() -> None:
    assert Layout.of(table(3, 20)).parts() == [range(20)]
    assert Layout.of(table(3, 0)).parts() == [range(0)]


def test_more_rows_go_on_in_another_part_and_none_is_lost() -> None:
    parts = Layout.of(table(3, 200)).parts()
    assert [row for part in parts for row in part] == list(range(200))
    assert all(len(part) <= 50 for part in parts)


def test_a_row_of_many_lines_takes_the_place_of_many() -> None:
    long = Layout.of(table(3, 40, words="word " * 40))
    assert all(long.breaks)
    assert len(long.parts()) > 8
    assert [row for part in long.parts() for row in part] == list(range(40))


def test_a_row_taller_than_a_page_has_a_part_of_its_own() -> None:
    assert Layout.of(table(1, 2, words="word " * 900)).parts() == [range(1), range(1, 2)]


def test_headings_of_many_columns_break_at_words_and_hyphens() -> None:
    few, many = (Layout.of(table(n, 1, title="y-restormer score")) for n in (2, WIDE + 1))
    assert few.headings[0] == (("y-restormer score",), ())
    assert many.headings[0] == (("y-", "restormer", "score"), ())


def test_a_heading_stays_within_its_broken_column() -> None:
    layout = Layout.of(table(2, 1, words="word " * 9, title="number, or what would give it"))
    assert max(map(len, layout.headings[0][0])) < LONG


def test_what_is_wider_than_a_column_of_the_page_goes_across_both() -> None:
    assert not Layout.of(table(3, 2)).across
    assert Layout.of(table(WIDE, 2)).across
