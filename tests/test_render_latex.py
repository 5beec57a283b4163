"""LaTeX: it compiles with booktabs alone, whatever the words are."""

import shutil
import subprocess
from pathlib import Path

import pytest

from rainbench import Column, Figure, Measurement, Note, Series, Table
from rainbench.render import render
from rainbench.render.latex import escape

HOSTILE = [
    r"\end{document}",
    r"\input{/etc/passwd}",
    r"50% & #1 $x$ _a_ ^b ~c {d} \\",
    "%",
    "\\",
    "}",
    "{",
    "a\n\nb",
    "[2mm]",
    "*",
    "<>|\"'`?`!`--",
    "été Ångström Hałas ñ ů Đorđe ß ø ǘ ế",
    "漢字 \U0001f327 Ω λ ∞ ± \u00d7 µ ° …",
    "\x1b[31mred\udcff\u202e",
    "x" * 60,
    "",
]


@pytest.mark.parametrize(
    ("words", "tex"),
    [
        ("50% & more", r"50\% \& more"),
        ("a_b", r"a\_b"),
        ("\\end", r"\textbackslash{}end"),
        ("y-prenet", "y{-}prenet"),
        ("é", r"{\'{e}}"),
        ("漢", "{[}U+6F22{]}"),
    ],
)
def test_every_special_letter_stands_for_itself(words: str, tex: str) -> None:
    assert escape(words) == tex


def document() -> str:
    score = Measurement(
        psnr_db=37.48, ssim=0.9792, protocol="y-prenet", dataset="rain100l", release="a_b%",
        split="test", images=28, of=100, marks=("incomplete", "cross-dataset"),
    )  # fmt: skip
    columns = (
        Column(title="met_hod"),
        Column(title="[n]", align="right"),
        Column(title="*", unit="PSNR (dB) / SSIM, y-prenet", align="right"),
    )
    hostile = [
        Table(title=words, columns=columns, rows=((words, 35173, score), (words, None, words)))
        for words in HOSTILE
    ]
    figure = Figure(title="f_1", x="m & s", y="d%B", series=(Series("a#", ((1.0, 2.0),)),))
    empty = Table(title="none", columns=columns, rows=())
    return "\n".join(
        [
            r"\documentclass{article}",
            r"\usepackage{booktabs}",
            r"\begin{document}",
            *(render([table], "latex") + "\\clearpage" for table in hostile),
            render([figure, empty, *map(Note, HOSTILE)], "latex"),
            r"THE END\end{document}",
        ]
    )


def test_words_of_a_method_may_break_where_a_hand_would_break_them() -> None:
    words = "the best is msfm:scales=4,dilations=4 of 6,000 words"
    table = Table(title="t", columns=(Column(title="c"),), rows=((words,),))
    breaks = r"msfm:\allowbreak{}scales=4,\allowbreak{}dilations=4 of 6,000"
    assert breaks in render([table], "latex")


def test_a_table_longer_than_a_page_is_set_in_parts() -> None:
    rows = tuple((f"row {n}",) for n in range(100))
    tex = render([Table(title="many", columns=(Column(title="c"),), rows=rows)], "latex")
    assert [f"many ({n} of 3)" in tex for n in (1, 2, 3)] == [True] * 3
    assert all(tex.count(f"row {n} ") == 1 for n in range(100))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_tables_of_hostile_words_compile_with_booktabs_alone(tmp_path: Path) -> None:
    (tmp_path / "t.tex").write_text(document(), encoding="utf-8", newline="\n")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "t.tex"],
        cwd=tmp_path,
        capture_output=True,
        encoding="latin-1",
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Missing character" not in (tmp_path / "t.log").read_text(encoding="latin-1")
