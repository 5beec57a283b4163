import pytest

from rainbench import Download, PluginError, Source


def test_a_source_says_whose_copy_it_is_where_and_in_what_state() -> None:
    source = Source(
        keeper="the authors",
        host="http",
        url="http://example.org/rain",
        release="original",
        splits=("test",),
        files=(Download(address="http://example.org/rain.zip", name="rain.zip"),),
        state="reported empty in 2022",
    )
    assert str(source) == "the authors, http://example.org/rain (reported empty in 2022)"


def test_a_source_for_programs_names_its_files() -> None:
    with pytest.raises(PluginError, match="by-hand"):
        Source(keeper="nobody", host="http", url="http://x", release="original", splits=("test",))
