"""What every format does to words and numbers first."""

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rainbench.render.text import number, printable


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;window title\x07name", "name"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1bcreset", "reset"),
        ("a\r\nb\tc\x0bd\u2028e", "a b c d e"),
        ("over\u202egnp.exe", "overgnp.exe"),
        ("in\u200bvisible\x00\x7f", "invisible"),
        ("undecodable \udcff name", "undecodable \ufffd name"),
        ("  edges  ", "edges"),
    ],
)
def test_nothing_reaches_a_terminal_but_visible_letters(hostile: str, harmless: str) -> None:
    assert printable(hostile) == harmless


@given(st.text(st.characters(codec=None)))
def test_whatever_comes_in_one_line_of_visible_letters_goes_out(text: str) -> None:
    out = printable(text)
    assert not {unicodedata.category(letter) for letter in out} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(out.splitlines()) <= 1
    assert printable(out) == out


def test_numbers_have_their_decimals_and_infinity_a_word() -> None:
    assert number(37.4799999, 2) == "37.48"
    assert number(35173, 2) == "35173"
    assert number(math.inf, 2) == "inf"
