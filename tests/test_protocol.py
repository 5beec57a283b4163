from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from rainbench.errors import UnknownNameError
from rainbench.protocol import HEADLINE, PROTOCOLS, SsimRule, digest, find_protocol

GOLDEN = Path(__file__).parent / "golden" / "protocol_digests.json"


def test_a_released_protocol_never_changes() -> None:
    pinned = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert {name: digest(protocol) for name, protocol in PROTOCOLS.items()} == pinned


def test_the_headline_comes_first_and_names_are_their_own() -> None:
    assert next(iter(PROTOCOLS)) == HEADLINE
    assert all(name == protocol.name for name, protocol in PROTOCOLS.items())
    assert len(PROTOCOLS) == 10


def test_each_says_who_uses_it() -> None:
    assert all(protocol.source for protocol in PROTOCOLS.values())


def test_protocols_that_need_floats_are_those_that_do_not_quantise() -> None:
    needy = [name for name, protocol in PROTOCOLS.items() if protocol.needs_floats]
    assert needy == ["rgb-skimage", "rgb-spanet", "rgb-dcsfn", "rgb-rescan"]


def test_words_may_be_mended_but_definitions_may_not() -> None:
    protocol = PROTOCOLS[HEADLINE]
    assert digest(replace(protocol, source="in other words")) == digest(protocol)
    assert digest(replace(protocol, crop=4)) != digest(protocol)
    assert digest(replace(protocol, ssim=SsimRule(downsample=False))) != digest(protocol)


def test_a_protocol_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        PROTOCOLS[HEADLINE].crop = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        PROTOCOLS["mine"] = PROTOCOLS[HEADLINE]  # type: ignore[index]


def test_an_unknown_name_is_told_its_neighbours() -> None:
    with pytest.raises(UnknownNameError, match="did you mean y-prenet"):
        find_protocol("y-prent")


def test_protocols_load_only_the_standard_library() -> None:
    code = (
        "import sys, rainbench.protocol;"
        "sys.exit(any(m in sys.modules for m in ('numpy', 'cv2', 'torch', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
