"""Figures and grids as files: their sizes in print, their letters, and texts that show them."""

import itertools
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from rainbench import Block, Figure, GridRow, Note, Panel, PictureGrid, Series, Zoom
from rainbench.errors import NotInstalledError, UnknownNameError, UsageError
from rainbench.render import drawing, format_of, write_blocks
from rainbench.render.figure import draw_figure
from rainbench.render.picture_grid import draw_grid
from rainbench.render.print_size import COLUMN, PAGE, PAGE_HEIGHT, SMALL_POINTS

FIGURE = Figure(
    title="Costs, 50% of $10_000",
    x="parameters",
    y="PSNR (dB)",
    series=(
        Series("$all$", ((1e4, 30.0), (1e5, 31.0), (1.1e5, 31.0)), "points", ("a_$b$", "c", "d")),
        Series("line", ((1e4, 29.0), (1e5, 30.0))),
        Series("bins", ((2e4, 29.0), (4e4, 29.5), (6e4, 29.2)), "histogram"),
    ),
    x_scale="log",
)


def picture(height: int = 32, width: int = 48) -> Panel:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Panel.of(pixels, "31.20 / 0.9312")


def grid(columns: int, rows: int = 2) -> PictureGrid:
    return PictureGrid(
        title="A grid",
        columns=tuple(f"method {n}" for n in range(columns)),
        rows=tuple(
            GridRow(
                name=f"image {n}",
                panels=(None, *(picture() for _ in range(columns - 1))),
                zooms=(Zoom(4, 4, 12, 8), Zoom(20, 4, 12, 8)),
            )
            for n in range(rows)
        ),
        captions="PSNR (dB) / SSIM, y-prenet",
    )


def texts(page: object) -> list[Text]:
    return [t for t in page.findobj(Text) if t.get_text()]  # type: ignore[attr-defined]


def test_a_figure_is_as_wide_as_a_column_and_its_letters_are_legible() -> None:
    page = draw_figure(FIGURE)
    page.draw_without_rendering()
    assert page.get_figwidth() == COLUMN
    assert min(float(text.get_fontsize()) for text in texts(page)) >= SMALL_POINTS


def test_labels_of_points_cover_neither_each_other_nor_the_points() -> None:
    page = draw_figure(FIGURE)
    page.draw_without_rendering()
    notes = [text for text in texts(page) if text.get_text() in ("a_$b$", "c", "d")]
    boxes = [note.get_window_extent() for note in notes]
    assert len(boxes) == 3
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[i + 1 :])


@pytest.mark.parametrize(("columns", "width"), [(3, COLUMN), (5, PAGE), (9, PAGE)])
def test_a_grid_is_as_wide_as_one_column_or_both_and_its_letters_fit(
    columns: int, width: float
) -> None:
    [page] = draw_grid(grid(columns))
    page.draw_without_rendering()
    assert page.get_figwidth() == pytest.approx(width)
    edge = page.bbox
    for text in texts(page):
        box = text.get_window_extent()
        assert float(text.get_fontsize()) >= SMALL_POINTS
        assert edge.x0 <= box.x0
        assert box.x1 <= edge.x1
        assert edge.y0 <= box.y0
        assert box.y1 <= edge.y1


def test_captions_side_by_side_do_not_touch() -> None:
    [page] = draw_grid(grid(7, rows=1))
    page.draw_without_rendering()
    boxes = [t.get_window_extent() for t in texts(page) if "/" in t.get_text()]
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[i + 1 :])


def test_a_long_grid_goes_on_on_another_page() -> None:
    pages = list(draw_grid(grid(3, rows=12)))
    assert len(pages) > 1
    assert all(page.get_figheight() <= PAGE_HEIGHT for page in pages)


def test_a_part_is_shown_enlarged_in_its_frame() -> None:
    [page] = draw_grid(grid(2, rows=1))
    shown = [axes.get_images()[0].get_array() for axes in page.axes]
    whole, first, second = (np.asarray(each) for each in shown)
    assert np.array_equal(first, whole[4:12, 4:16])
    assert np.array_equal(second, whole[4:12, 20:32])


def test_markdown_and_latex_refer_to_files_beside_them(tmp_path: Path) -> None:
    blocks: list[Block] = [FIGURE, grid(4), Note("words")]
    files = write_blocks(blocks, "markdown", tmp_path / "my page.md")
    assert [f.name for f in files] == ["my page.md", "figure-1.png", "figure-2.png"]
    text = files[0].read_text(encoding="utf-8")
    assert "(<my-page_files/figure-1.png>)" in text
    assert (tmp_path / "my-page_files/figure-2.png").exists()
    files = write_blocks(blocks, "latex", tmp_path / "page.tex")
    assert "page_files/figure-2.pdf" in files[0].read_text(encoding="utf-8")


def test_latex_with_pictures_compiles(tmp_path: Path) -> None:
    pdflatex = shutil.which("pdflatex")
    if pdflatex is None:
        pytest.skip("pdflatex is not installed")
    write_blocks([FIGURE, grid(4)], "latex", tmp_path / "body.tex")
    (tmp_path / "page.tex").write_text(
        "\\documentclass[twocolumn]{article}\\usepackage{booktabs, graphicx}\n"
        "\\begin{document}\\input{body}\\end{document}\n",
        encoding="utf-8",
    )
    command = [pdflatex, "-halt-on-error", "-interaction=nonstopmode", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "page.pdf").exists()


def test_the_same_blocks_make_the_same_files(tmp_path: Path) -> None:
    for suffix in ("pdf", "png", "jpg"):
        for name in ("one", "two"):
            style = format_of(Path(f"a.{suffix}"))
            write_blocks([FIGURE], style, tmp_path / f"{name}.{suffix}")
        one, two = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_a_picture_of_several_figures_is_several_files_of_print_resolution(tmp_path: Path) -> None:
    files = write_blocks([FIGURE, FIGURE], "png", tmp_path / "f.png")
    assert [file.name for file in files] == ["f-1.png", "f-2.png"]
    from PIL import Image

    with Image.open(files[0]) as opened:
        assert opened.size[0] == pytest.approx(COLUMN * 300, abs=1)


def test_tables_alone_are_no_picture(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a report with a figure"):
        write_blocks([Note("words")], "pdf", tmp_path / "x.pdf")
    with pytest.raises(UnknownNameError):
        write_blocks([Note("words")], "gif", tmp_path / "x.gif")


def test_without_matplotlib_texts_have_the_points_and_pictures_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "can_draw", lambda: False)
    [file] = write_blocks([FIGURE], "markdown", tmp_path / "page.md")
    assert "| $all$" in file.read_text(encoding="utf-8").replace("\\", "")
    with pytest.raises(NotInstalledError, match=r"rainbench\[figures\]"):
        write_blocks([FIGURE], "pdf", tmp_path / "x.pdf")


@pytest.mark.parametrize("span", [(1.6e4, 4e5), (1e3, 1e8), (0.001, 0.02)])
def test_numbers_at_a_logarithm_do_not_touch(span: tuple[float, float]) -> None:
    low, high = span
    series = (Series("all", ((low, 1.0), (high, 2.0)), "points"),)
    page = draw_figure(Figure(title="t", x="x", y="y", series=series, x_scale="log"))
    page.draw_without_rendering()
    [axes] = page.axes
    boxes = [t.get_window_extent() for t in axes.get_xticklabels() if t.get_text()]
    inside = [b for b in boxes if axes.bbox.x0 - 1 <= (b.x0 + b.x1) / 2 <= axes.bbox.x1 + 1]
    assert len(inside) > 1
    assert not any(one.x1 > other.x0 for one, other in itertools.pairwise(inside))


def test_letters_in_a_pdf_are_of_no_type_that_journals_refuse(tmp_path: Path) -> None:
    write_blocks([FIGURE, grid(3)], "pdf", tmp_path / "x.pdf")
    write_blocks([FIGURE], "latex", tmp_path / "y.tex")
    for file in (tmp_path / "x.pdf", tmp_path / "y_files" / "figure-1.pdf"):
        content = file.read_bytes()
        assert b"/Type3" not in content
        assert b"/TrueType" in content or b"/Type0" in content
