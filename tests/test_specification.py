"""METHOD and DATASET words."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rainbench.errors import UsageError
from rainbench.specification import (
    DatasetSpecification,
    MethodSpecification,
    parse_datasets,
    parse_method,
    parse_methods,
    parse_untrained,
)


@pytest.mark.parametrize(
    ("words", "name", "variant", "weights", "settings"),
    [
        ("msfm", "msfm", None, None, {}),
        ("msfm.light", "msfm", "light", None, {}),
        ("prenet@rain1400", "prenet", None, "rain1400", {}),
        ("msfm.no_dense@own:layers=6", "msfm", "no_dense", "own", {"layers": "6"}),
        ("msfm:layers=6,channels=8", "msfm", None, None, {"layers": "6", "channels": "8"}),
        ("msfm,layers=6", "msfm", None, None, {"layers": "6"}),
        ("./mine.py", "./mine.py", None, None, {}),
        ("a.b/mine.py:sigma=3.5", "a.b/mine.py", None, None, {"sigma": "3.5"}),
        ("mine.py.small@net.pth", "mine.py", "small", "net.pth", {}),
        (r"C:\net\mine.py:x=1", r"C:\net\mine.py", None, None, {"x": "1"}),
        ("/x.py.d/mine.py", "/x.py.d/mine.py", None, None, {}),
        ("prenet@/a.b/net.pth:r=true", "prenet", None, "/a.b/net.pth", {"r": "true"}),
        (r"prenet@C:\net.pth", "prenet", None, r"C:\net.pth", {}),
        ("lp:mode=a:b", "lp", None, None, {"mode": "a:b"}),
        ("lp:mode=", "lp", None, None, {"mode": ""}),
        ("net.onnx", "net.onnx", None, None, {}),
        ("./a.b/net.v1.onnx", "./a.b/net.v1.onnx", None, None, {}),
    ],
)
def test_words_of_one_method(
    words: str, name: str, variant: str | None, weights: str | None, settings: dict[str, str]
) -> None:
    assert parse_method(words) == MethodSpecification(
        name=name, variant=variant, weights=weights, settings=settings
    )


def test_a_setting_without_colon_belongs_to_the_method_before() -> None:
    found = parse_methods(["msfm:layers=6,channels=8,prenet", "dsc, rainy"])
    assert [str(each) for each in found] == ["msfm:channels=8,layers=6", "prenet", "dsc", "rainy"]


def test_the_same_method_is_kept_once() -> None:
    found = parse_methods(["msfm:a=1,b=2,rainy", "rainy,msfm:b=2,a=1"])
    assert [str(each) for each in found] == ["msfm:a=1,b=2", "rainy"]


@pytest.mark.parametrize(
    "words",
    ["", ",", "msfm,", "layers=6", "layers=6,msfm", "msfm:", "msfm:layers", "msfm:=3", ".light",
     "msfm.", "msfm.a.b", "@weights", "msfm@", "msfm:layers=1,layers=2"],
)  # fmt: skip
def test_unreadable_words_say_the_grammar(words: str) -> None:
    with pytest.raises(UsageError, match="expected METHOD as NAME"):
        parse_methods([words])


def test_one_method_means_one() -> None:
    with pytest.raises(UsageError, match="one method, got 2"):
        parse_method("a,b")


def test_a_folder_is_one_method_whatever_it_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "theirs, v1.2:best=1@home"
    folder.mkdir()
    (tmp_path / "code.py").mkdir()
    for words in (str(folder), f"{tmp_path}/", str(tmp_path / "code.py")):
        assert parse_methods([words]) == [MethodSpecification(name=words)]
        assert parse_method(words).is_folder
    assert not parse_method("rainy").is_folder


@pytest.mark.parametrize("words", ["some/folder", "./absent", "../x/", r"C:\absent"])
def test_a_path_to_nothing_is_told(words: str) -> None:
    with pytest.raises(UsageError, match="or a folder of restored pictures, got none at"):
        parse_methods([words])


def test_what_is_built_untrained_takes_no_weights() -> None:
    assert parse_untrained("msfm.light:layers=3") == parse_method("msfm.light:layers=3")
    with pytest.raises(UsageError, match="leave out '@mine'"):
        parse_untrained("msfm@mine")


names = st.from_regex(r"[a-z0-9_][a-z0-9_-]{0,8}", fullmatch=True)
texts = st.text(st.characters(blacklist_characters=",\n\r", blacklist_categories=["C", "Z"]))


@given(
    names,
    st.none() | names,
    st.none() | names,
    st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True), texts, max_size=3),
)
def test_words_survive_a_round_trip(
    name: str, variant: str | None, weights: str | None, settings: dict[str, str]
) -> None:
    specification = MethodSpecification(
        name=name, variant=variant, weights=weights, settings=settings
    )
    assert parse_method(str(specification)) == specification


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse_methods([text])


def test_words_of_datasets(tmp_path: Path) -> None:
    folder = tmp_path / "pairs, mine"
    folder.mkdir()
    found = parse_datasets(["rain100l,rain800:train", str(folder), f"{tmp_path}:test", "rain100l"])
    assert found == [
        DatasetSpecification(name="rain100l"),
        DatasetSpecification(name="rain800", split="train"),
        DatasetSpecification(name=str(folder)),
        DatasetSpecification(name=str(tmp_path), split="test"),
    ]


@pytest.mark.parametrize("words", ["", "toy,", ",toy"])
def test_an_empty_dataset_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="expected DATASET"):
        parse_datasets([words])
