import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rainbench.cli import main
from rainbench.conformance import check
from rainbench.conformance.verdict import Conformance, Verdict, judge
from rainbench.errors import UnknownNameError, UsageError, WeightsError

PRIOR = '''"""A method."""
import numpy as np
import torch
from rainbench import PriorMethod
from rainbench.method import Reach

def derain(rainy):
    {body}

METHOD = PriorMethod(title="Mine", derain=derain, reach={reach})
'''

LEARNED = '''"""A network."""
import torch
from torch import nn
from rainbench import LearnedMethod, Recipe, SizeRule
from rainbench.method import Reach

class Network(nn.Module):
    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.last = nn.Conv2d(width, 3, 3, padding=1)
        {init}

    def forward(self, rainy):
        features = self.first(rainy)
        {forward}
        return rainy - self.last(features)

METHOD = LearnedMethod(title="Mine", network=Network, size=SizeRule({size}), reach={reach},
    recipe=Recipe(source="made up", loss=lambda restored, clean: (restored - clean).square().mean(),
                  steps=1, batch=1, patch=8, learning_rate=1e-3))
'''


def broken(found: Conformance) -> set[str]:
    return {verdict.check for verdict in found.verdicts if verdict.status == "broken"}


def prior(tmp_path: Path, body: str, reach: str = "None") -> Conformance:
    file = tmp_path / "mine.py"
    file.write_text(PRIOR.format(body=body, reach=reach))
    return check(str(file))


def learned(
    tmp_path: Path, *, init: str = "", forward: str = "", size: str = "", reach: str = "None"
) -> Conformance:
    file = tmp_path / "mine.py"
    file.write_text(LEARNED.format(init=init, forward=forward, size=size, reach=reach))
    return check(str(file))


def test_a_sound_method_conforms(tmp_path: Path) -> None:
    assert prior(tmp_path, "return rainy * 0.9", "Reach(0)").conforms
    found = learned(tmp_path, reach="Reach(2)")
    assert found.conforms
    assert {verdict.status for verdict in found.verdicts} == {"held"}


@pytest.mark.parametrize(
    ("body", "checks"),
    [
        ("rainy *= 0.9; return rainy", "input untouched"),
        ("return rainy * 255", "shape, range, dtype"),
        ("return (rainy * 255).astype(np.uint8)", "shape, range, dtype"),
        ("return rainy.astype(np.float16)", "shape, range, dtype"),
        ("return 2.9 * rainy - 1.5", "shape, range, dtype"),
        ("return rainy[:-1] if len(rainy) == 17 else rainy.copy()", "odd and tiny sizes"),
        ("return rainy * np.float32(np.random.rand())", "determinism"),
        ("return rainy * torch.rand(1).numpy()", "determinism"),
        ("return rainy - rainy.mean()", "tiles against whole"),
        ("raise SystemExit(3)", "time"),
    ],
)
def test_a_fault_is_found_by_the_check_for_it(body: str, checks: str, tmp_path: Path) -> None:
    assert checks in broken(prior(tmp_path, body, "Reach(1)"))


@pytest.mark.parametrize(
    ("network", "checks"),
    [
        ({"forward": "features = features - features.mean()"}, {"batch invariance"}),
        ({"forward": "features = features + torch.ones(features.shape)"}, {"device move"}),
        (
            {"forward": "rainy = nn.functional.conv2d(rainy, torch.ones(3, 3, 1, 1))"},
            {"device move"},
        ),
        ({"forward": "assert rainy.shape[2] % 8 == 0", "size": "4"}, {"size rule"}),
        ({"forward": "features = features.detach()"}, {"gradients"}),
        ({"reach": "Reach(1)"}, {"tiles against whole"}),
        (
            {"init": "self.scale = torch.rand(1).item()", "forward": "features *= self.scale"},
            {"save and load"},
        ),
        (
            {
                "init": "torch.seed(); self.bias = nn.Parameter(torch.rand(()))",
                "forward": "features = features + self.bias",
            },
            {"seed"},
        ),
    ],
)
def test_a_networks_fault_is_found(
    network: dict[str, str], checks: set[str], tmp_path: Path
) -> None:
    assert checks <= broken(learned(tmp_path, **network))


MODULE = '''"""A network that comes ready made."""
import torch
from torch import nn

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Conv2d(3, 3, 3, padding=1)
        nn.init.zeros_(self.last.weight)

    def forward(self, rainy):
        {forward}
        return rainy - self.last(rainy)

METHOD = Network()
'''


@pytest.mark.parametrize(
    ("forward", "checks"),
    [
        ("pass", set()),
        ("rainy = rainy - 0.1 * rainy.mean()", {"batch invariance"}),
        ("rainy = nn.functional.conv2d(rainy, torch.eye(3)[..., None, None])", {"device move"}),
        ("rainy = rainy.index_select(1, torch.arange(3))", {"device move"}),
        ("rainy = rainy[:, torch.arange(3)]", set()),
        ("assert min(rainy.shape[2:]) > 3", {"size rule", "odd and tiny sizes"}),
    ],
)
def test_a_ready_made_network_is_tried_as_one(
    forward: str, checks: set[str], tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MODULE.format(forward=forward))
    found = check(str(file))
    assert broken(found) == checks
    said = {verdict.check: verdict for verdict in found.verdicts}
    assert {said[name].status for name in ("seed", "save and load", "gradients")} == {"skipped"}
    assert said["seed"].words == "its network comes ready made"
    tried = {name for name in said if said[name].status != "skipped"}
    assert {"batch invariance", "device move", "size rule"} <= tried


def test_a_dataset_of_which_nothing_can_be_tried_is_not_said_to_hold(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(DATASET.replace('counts={"test": 3}', 'counts={"test": None}'))
    said = {verdict.check: verdict for verdict in check(str(file)).verdicts}
    assert said["counts"].status == "skipped"
    assert "promises how many" in said["counts"].words


def test_all_are_found_before_the_first_is_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "tried"
    file = tmp_path / "mine.py"
    file.write_text(PRIOR.format(body=f"open({str(mark)!r}, 'w'); return rainy", reach="None"))
    assert main(["check", str(file), "rany"]) == 2
    assert "did you mean rainy" in capsys.readouterr().err
    assert not mark.exists()


def test_one_fault_hides_no_other(tmp_path: Path) -> None:
    found = prior(tmp_path, "rainy += 0.1; raise ValueError('no')")
    assert len(found.verdicts) == 12
    assert "ValueError: no" in found.verdicts[0].words


def test_a_subject_for_which_all_is_skipped_does_not_conform() -> None:
    skipped = Verdict(check="a", status="skipped", words="")
    assert not Conformance(subject="x", verdicts=(skipped,)).conforms
    assert not judge("x", {}, None).conforms


def test_a_dataset_is_told_from_a_method(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(DATASET)
    assert main(["check", str(file), "rainy", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [each["conforms"] for each in shown["subjects"]] == [True, True]
    assert shown["subjects"][0]["verdicts"][2] == {
        "check": "layouts",
        "status": "held",
        "words": "1 layout",
    }


DATASET = '''"""A set."""
from rainbench import Dataset, Layout, Release, Source

DATASET = Dataset(
    title="Mine",
    sources=(Source(keeper="me", host="by-hand", url="http://example.org", release="1",
                    splits=("test",)),),
    releases={"1": Release(counts={"test": 3})},
    layouts=(Layout.numbered("rainy/#.png", "clean/#.png", release="1", split="test",
                             numbers=range(1, 4), name="{id}"),),
)
'''


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda text: text.replace("sources=(", "sources=() and ("), "source"),
        (lambda text: text.replace('title="Mine"', 'title="Mine", licence=""'), "licence"),
        (lambda text: text.replace('name="{id}"', 'name="a:{id}"'), "pairs"),
        (
            lambda text: text.replace(
                'name="{id}"),',
                'name="{id}"), Layout(release="1", split="test", '
                'rainy="a/(?P<x>.*).png", clean="b/(?P<x>.*).png", name="{x}", '
                'example=("c/1.png", "b/1.png")),',
            ),
            "layouts",
        ),
    ],
)
def test_a_datasets_fault_is_found(change: Callable[[str], str], name: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(change(DATASET))
    assert change(DATASET) != DATASET
    assert name in broken(check(str(file)))


def test_a_program_beside_python_conforms_too() -> None:
    found = check(str(Path(__file__).parent / "external" / "darken.py"))
    assert found.conforms
    held = {verdict.check for verdict in found.verdicts if verdict.status == "held"}
    assert {"shape, range, dtype", "odd and tiny sizes", "determinism", "time"} <= held


def test_what_cannot_be_found_is_no_subject(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnknownNameError, match="rainy"):
        check("rany")
    with pytest.raises(UsageError, match="no weights for the dataset toy"):
        check("toy", weights=tmp_path / "x")
    with pytest.raises(UsageError, match=r"a weights file at .*none\.safetensors, got none"):
        check("msfm", weights=tmp_path / "none.safetensors")
    (tmp_path / "torn.safetensors").write_bytes(b"torn")
    with pytest.raises(WeightsError):
        check("msfm", weights=tmp_path / "torn.safetensors")
    assert main(["check", str(tmp_path / "none.py")]) == 2
    assert "check the path" in capsys.readouterr().err


def test_the_command_ends_with_1_where_one_does_not_conform(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(PRIOR.format(body="return rainy * 300", reach="None"))
    assert main(["check", "rainy", str(file)]) == 1
    shown = capsys.readouterr().out
    assert "rainy: conforms" in shown
    assert f"{file}: does not conform" in shown
