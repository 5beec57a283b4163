"""The methods that published numbers are of: their settings, and their networks' parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rainbench.evidence.evidence import Evidence, method_name
from rainbench.registry import entries, find_method
from rainbench.shelves.ondemand import OnDemand
from rainbench.specification import parse_untrained

if TYPE_CHECKING:
    from rainbench.evidence.published import Published
    from rainbench.method import Setting


def with_methods(
    evidence: Evidence, numbers: Iterable[Published], more: Iterable[str] = ()
) -> Evidence:
    """Let evidence say settings and parameters of the methods that the numbers are of.

    And those of every method on the shelf by its bare name, and of `more` METHOD words. Both
    are made when asked for: they take the method's code, and torch. Words of a method that is
    not on the shelf are left out.
    """
    known = entries("methods")
    asked = [*(number.words for number in numbers), *more]
    words = [*known, *(each for each in asked if method_name(each) in known)]
    return replace(
        evidence,
        settings=OnDemand(words, _settings),
        parameters=OnDemand(words, _parameters),
    )


def _settings(text: str) -> dict[str, Setting]:
    from rainbench.restorers.preparation import method_settings

    words = parse_untrained(text)
    return method_settings(find_method(words.name).value, words)


def _parameters(text: str) -> int | None:
    from rainbench.costs.profile import measure_parameters
    from rainbench.method import LearnedMethod
    from rainbench.restorers.preparation import build_network

    method = find_method(parse_untrained(text).name).value
    if not isinstance(method, LearnedMethod):
        return None
    return measure_parameters(lambda: build_network(method, _settings(text)))
