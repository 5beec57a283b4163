"""What `rainbench list methods` shows: every method with its cost, paper, weights and licences."""

import json
from dataclasses import replace

import pytest

import rainbench
from rainbench.cli import main
from rainbench.errors import PluginError
from rainbench.method import LearnedMethod
from rainbench.registry import entries, find_method
from rainbench.render import render
from rainbench.shelves.catalogue import Item
from rainbench.shelves.overview import MethodOverview, as_blocks, list_methods


@pytest.fixture(scope="module")
def methods() -> dict[str, MethodOverview]:
    return {each.item.name: each for each in list_methods()}


def test_every_method_is_there_with_what_it_is(methods: dict[str, MethodOverview]) -> None:
    assert list(methods) == list(entries("methods"))
    for name, found in methods.items():
        assert found.item.problem is None
        method = find_method(name).value
        learned = isinstance(method, LearnedMethod)
        assert found.kind == ("learned" if learned else "prior")
        assert (found.parameters is None) == (found.macs_per_pixel is None) == (not learned)
        assert found.paper == method.paper
    assert methods["prenet"].parameters == 168_963
    assert methods["prenet"].macs_per_pixel == 1_010_880
    assert methods["rescan"].code_licence == "MIT"
    assert methods["rainy"].code_licence is None


def test_the_tables_say_where_weights_are(methods: dict[str, MethodOverview]) -> None:
    bare = replace(methods["did"], weights={})
    text = render(as_blocks([*methods.values(), bare]), "markdown")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    assert [
        "prenet",
        "learned",
        "168963",
        "1010880",
        "2019",
        "Ren et al., CVPR",
        "none stated",
    ] in (rows)
    assert ["prenet@rain1400", "rain1400:train", "to be fetched", "none stated"] in rows
    assert ["did", "-", "to be trained", "-"] in rows
    (shipped,) = [row for row in rows if row[:1] == ["msfm@rendered-light"]]
    assert shipped[2:] == ["yes", "MIT"]


def test_a_broken_method_is_listed_with_its_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> object:
        raise PluginError(expected=f"{name} to import", got="no such module", now="mend it")

    monkeypatch.setattr("rainbench.shelves.overview.find_method", find)
    odd = [Item("odd", "Odd", "An odd.")]
    monkeypatch.setattr("rainbench.shelves.overview.list_items", lambda _: odd)
    (found,) = rainbench.list_methods()
    assert found.kind is None
    text = render(as_blocks([found]), "markdown")
    assert "broken" in text
    assert "no such module" in text


def test_json_has_the_same_fields(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "methods", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == 1
    found = {each["name"]: each for each in document["methods"]}
    assert found["prenet"]["paper"]["year"] == 2019
    assert found["prenet"]["weights"]["rain1400"]["licence"] == "none stated"
    assert found["prenet"]["summary"].startswith("PReNet:")
    assert found["rainy"]["parameters"] is None
    assert main(["list", "--json"]) == 0
    names = [each["name"] for each in json.loads(capsys.readouterr().out)["methods"]]
    assert names == list(found)
