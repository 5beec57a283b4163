"""A network's cost is measured once; the cache is never trusted, nor needed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rainbench.costs.kept_cost import keep_cost
from rainbench.costs.profile import Cost
from rainbench.method import Method
from rainbench.registry import find_method
from rainbench.shelves.plugin import Plugin

COST = Cost(7, 1.5)
OTHER = Cost(8, 2.5)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("RAINBENCH_CACHE", str(folder))
    return folder


def keep(cost: Cost, plugin: Plugin[Method] | None = None, layers: int = 8) -> Cost:
    return keep_cost(plugin or find_method("msfm"), {"layers": layers}, lambda: cost)


def test_it_is_measured_once_a_source_and_settings(cache: Path) -> None:
    assert keep(COST) == COST
    assert keep(OTHER) == COST
    assert keep(OTHER, layers=6) == OTHER
    assert keep(OTHER, replace(find_method("msfm"), source_sha256="0" * 64)) == OTHER
    assert len(list(cache.rglob("*.json"))) == 3


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"parameters": "many"}', "\0"])
def test_what_cannot_be_read_is_measured_again(cache: Path, content: str) -> None:
    keep(COST)
    (file,) = cache.rglob("*.json")
    file.write_text(content)
    assert keep(OTHER) == OTHER
    assert keep(COST) == OTHER


def test_a_cache_that_cannot_be_written_is_done_without(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert keep(COST) == COST
    assert keep(OTHER) == OTHER


def test_a_users_own_file_is_measured_every_time(
    cache: Path, write: Callable[[str, str], Path]
) -> None:
    file = write("mine.py", "def METHOD(rainy):\n    return rainy\n")
    plugin = find_method(str(file))
    assert keep(COST, plugin) == COST
    assert keep(OTHER, plugin) == OTHER
    assert not cache.exists()
