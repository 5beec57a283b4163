"""Settings of a method: its keywords, their types and defaults, and what was asked for."""

from __future__ import annotations

import inspect
import math
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

from rainbench.errors import PluginError, UnknownNameError, UsageError
from rainbench.method import Setting

DEVICE = "device"
"""The keyword by which a function is told where to compute, as torch calls it: no setting."""


@dataclass(frozen=True)
class Keyword:
    """One keyword of a network or a prior method."""

    name: str
    kind: type[bool] | type[int] | type[float] | type[str]
    choices: tuple[Setting, ...] = ()
    """The values a Literal allows; empty: any of the kind."""
    default: Setting | None = None
    """None: it must be given."""

    @property
    def words(self) -> str:
        """What may stand for its value: "true or false", "a whole number", "max or mean"."""
        if self.choices:
            return " or ".join(str(choice) for choice in self.choices)
        kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        return kinds[self.kind]

    def parse(self, text: str) -> Setting:
        """Read a value from the command line. Raises UsageError."""
        value = _parse(self.kind, text)
        if value is None or (self.choices and value not in self.choices):
            raise UsageError(
                expected=f"{self.name} to be {self.words}", got=repr(text), now="correct it"
            )
        return value

    def check(self, value: object) -> Setting | None:
        """Return a value that Python code gave, or None where it does not fit."""
        if self.kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not self.kind or (self.choices and value not in self.choices):
            return None
        return value


def resolve_settings(
    owner: Callable[..., object],
    variant: Mapping[str, Setting] | None = None,
    given: Mapping[str, str] | None = None,
) -> dict[str, Setting]:
    """Work out every setting of a method: its defaults, then a variant's, then those given.

    `owner` is the network's class or factory, or a prior method's function; its settings are
    the parameters that have a default or are keyword-only, and are bool, int, float, str or a
    Literal of these. The result is complete and in the signature's order, so that two spellings
    of one thing are equal. Raises UsageError for what was given, PluginError for the variant.
    """
    known = keywords(owner)
    settings: dict[str, Setting] = {}
    for name, value in (variant or {}).items():
        checked = known[name].check(value) if name in known else None
        if checked is None:
            raise PluginError(
                expected=f"a variant of {_name(owner)} to set its keywords ({', '.join(known)})",
                got=f"{name}={value!r}",
                now="correct the variant",
            )
        settings[name] = checked
    for name, text in (given or {}).items():
        if name == DEVICE and takes_device(owner):
            raise UsageError(
                expected=f"a setting of {_name(owner)}", got=DEVICE, now="give --device instead"
            )
        if name not in known:
            raise UnknownNameError.among(f"setting of {_name(owner)}", name, known)
        settings[name] = known[name].parse(text)
    return {name: _filled(keyword, settings) for name, keyword in known.items()}


def keywords(owner: Callable[..., object]) -> dict[str, Keyword]:
    """Read the settings off a signature, in its order.

    A parameter of another type than a setting's is left at its default, out of reach of the
    command line. Raises PluginError where it has no default.
    """
    found = {}
    for parameter in inspect.signature(owner).parameters.values():
        optional = parameter.default is not parameter.empty
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.name == DEVICE:
            continue
        if not optional and parameter.kind is not parameter.KEYWORD_ONLY:
            continue  # the image of a prior method's function
        keyword = _keyword(parameter, _globals(owner))
        if keyword is not None:
            found[parameter.name] = keyword
        elif not optional:
            raise PluginError(
                expected=f"{parameter.name} of {_name(owner)} to be bool, int, float or str",
                got=f"{parameter.annotation}",
                now="give it a default, or one of these types",
            )
    return found


def takes_device(owner: Callable[..., object]) -> bool:
    """Whether a function is to be told the device, by its keyword DEVICE."""
    return DEVICE in inspect.signature(owner).parameters


def _keyword(parameter: inspect.Parameter, names: dict[str, Any]) -> Keyword | None:
    default = None if parameter.default is parameter.empty else parameter.default
    annotation = _resolved(parameter.annotation, names)
    if annotation is parameter.empty:
        annotation = type(default)  # a bare function need not be annotated
    choices = typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()
    kinds = {type(choice) for choice in choices} or {annotation}
    kind = kinds.pop()
    if kinds or kind not in (bool, int, float, str):
        return None
    bare = Keyword(parameter.name, kind, choices)
    value = None if default is None else bare.check(default)
    if default is not None and value is None:
        return None
    if default is None and parameter.default is None:
        return None
    return Keyword(parameter.name, kind, choices, value)


def _resolved(annotation: object, names: dict[str, Any]) -> Any:  # noqa: ANN401
    """Turn an annotation that is text (PEP 563) into what it says, alone.

    Alone, because a neighbour may name something imported for type checkers only.
    """
    try:
        holder = SimpleNamespace(__annotations__={"it": annotation})
        return typing.get_type_hints(holder, globalns=names)["it"]
    except (NameError, TypeError, AttributeError, SyntaxError):
        return annotation


def _globals(owner: Callable[..., object]) -> dict[str, Any]:
    function = inspect.unwrap(getattr(owner, "func", owner))  # functools.partial's own
    if inspect.isclass(function):
        function = function.__init__
    elif not hasattr(function, "__globals__"):
        function = type(function).__call__
    return getattr(function, "__globals__", {})


def _parse(kind: type, text: str) -> Setting | None:
    text = text.strip()
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower())
    if kind is int:
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None
    if kind is float:
        try:
            number = float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    return text


def _filled(keyword: Keyword, settings: Mapping[str, Setting]) -> Setting:
    value = settings.get(keyword.name, keyword.default)
    if value is None:
        raise UsageError(
            expected=f"a value for {keyword.name}, {keyword.words}",
            got="none",
            now=f"give {keyword.name}=VALUE",
        )
    return value


def _name(owner: Callable[..., object]) -> str:
    return getattr(owner, "__name__", type(owner).__name__)
