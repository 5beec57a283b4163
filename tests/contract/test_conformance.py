"""Everything on the shelves passes what `rainbench check` asks of a user's own."""

import pytest

from rainbench.conformance import check
from rainbench.registry import entries, find_method


def all_methods() -> list[str]:
    words = []
    for name in entries("methods"):
        words += [name, *(f"{name}.{variant}" for variant in find_method(name).value.variants)]
    return words


@pytest.mark.parametrize("subject", [*all_methods(), *entries("datasets")])
def test_it_conforms(
    subject: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAINBENCH_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    found = check(subject)
    assert found.conforms, [each for each in found.verdicts if each.status == "broken"]


def test_no_check_is_skipped_for_every_method() -> None:
    """A check that nothing on the shelf is put to could be broken for years."""
    held = {
        v.check for name in ("msfm", "rainy") for v in check(name).verdicts if v.status == "held"
    }
    assert held == {v.check for v in check("rainy").verdicts}
