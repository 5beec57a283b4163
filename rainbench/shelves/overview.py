"""The methods there are, each looked at: cost, paper, weights, licences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any

from rainbench.errors import RainbenchError
from rainbench.evidence.marks import training_in_words
from rainbench.method import Paper, Weights
from rainbench.registry import find_method
from rainbench.report import Block, Cell, Column, Note, Table
from rainbench.restorers.at_hand import known_weights, shipped_budget
from rainbench.restorers.preparation import method_settings
from rainbench.shelves.catalogue import Item, list_items
from rainbench.shelves.presentation import code_licence_of, cost_of, kind_of
from rainbench.specification import MethodSpecification


@dataclass(frozen=True, kw_only=True)
class MethodOverview:
    """One method, with its settings as they are by default."""

    item: Item
    """What its source says of it; a plug-in that cannot be used has no more than that."""
    kind: str | None = None
    """The group it is in: "learned" or "prior"."""
    parameters: int | None = None
    """None: nothing is trained."""
    macs_per_pixel: float | None = None
    paper: Paper | None = None
    code_licence: str | None = None
    """Under which its authors published their code; None: there is no paper."""
    weights: Mapping[str, Weights] = field(default_factory=lambda: MappingProxyType({}))
    """By name; those that ship with it are at hand."""
    budgets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """How long the weights that ship were trained, by their name: "4,500 of 400,000 steps"."""

    def to_json(self) -> dict[str, Any]:
        """Return what `list methods --json` prints."""
        return {
            **vars(self.item),
            "kind": self.kind,
            "parameters": self.parameters,
            "macs_per_pixel": self.macs_per_pixel,
            "paper": None if self.paper is None else asdict(self.paper),
            "code_licence": self.code_licence,
            "weights": {
                name: {
                    **vars(entry),
                    "settings": dict(entry.settings),
                    "budget": self.budgets.get(name, ""),
                }
                for name, entry in self.weights.items()
            },
        }


def list_methods() -> list[MethodOverview]:
    """Look at every method by name; one that is broken is in the list too, and says why."""
    return [_look_at(item) for item in list_items("methods")]


def as_blocks(methods: Sequence[MethodOverview]) -> list[Block]:
    """Arrange methods as two tables, of methods and of weights, and say what is broken."""
    broken = [f"{m.item.name} (broken): {m.item.problem}" for m in methods if m.item.problem]
    return [_methods(methods), _weights(methods), *(Note(words) for words in broken)]


def _look_at(item: Item) -> MethodOverview:
    if item.problem is not None:
        return MethodOverview(item=item)
    try:
        plugin = find_method(item.name)
        method = plugin.value
        weights = known_weights(plugin)
        return MethodOverview(
            item=item,
            kind=kind_of(method),
            **cost_of(plugin, method_settings(method, MethodSpecification(name=item.name))),
            paper=method.paper,
            code_licence=code_licence_of(method),
            weights=weights,
            budgets={n: shipped_budget(plugin, each) for n, each in weights.items()},
        )
    except RainbenchError as error:
        return MethodOverview(item=replace(item, problem=str(error)))


def _methods(methods: Sequence[MethodOverview]) -> Table:
    columns = (
        Column(title="method"),
        Column(title="kind"),
        Column(title="parameters", align="right"),
        Column(title="MACs per pixel", align="right", decimals=0),
        Column(title="year"),
        Column(title="paper"),
        Column(title="licence of its code"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            each.item.name,
            each.kind or "broken",
            each.parameters,
            each.macs_per_pixel,
            None if each.paper is None or each.paper.year is None else str(each.paper.year),
            None if each.paper is None else _cited(each.paper),
            each.code_licence,
        )
        for each in methods
    ]
    return Table(title="Methods", columns=columns, rows=tuple(rows))


def _weights(methods: Sequence[MethodOverview]) -> Table:
    titles = ("weights", "trained on", "at hand", "licence")
    rows: list[tuple[Cell, ...]] = []
    for each in methods:
        for name, entry in each.weights.items():
            at_hand = "yes" if entry.shipped else "to be fetched"
            trained = training_in_words(entry.trained_on, each.budgets.get(name, ""))
            rows.append((f"{each.item.name}@{name}", trained, at_hand, entry.licence))
        if each.kind == "learned" and not each.weights:
            rows.append((each.item.name, None, "to be trained", None))
    columns = tuple(Column(title=title) for title in titles)
    return Table(title="Weights", columns=columns, rows=tuple(rows))


def _cited(paper: Paper) -> str:
    authors = paper.authors.split(", ")
    names = " and ".join(authors) if len(authors) < 3 else f"{authors[0]} et al."
    return f"{names}, {paper.venue}"
