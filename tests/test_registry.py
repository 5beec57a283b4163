"""The shelves, entry points and a user's own files."""

import importlib.metadata
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rainbench import registry
from rainbench.errors import PluginError, UnknownNameError, UsageError
from rainbench.method import ExternalMethod, PriorMethod
from rainbench.registry import entries, find_dataset_plugin, find_method
from rainbench.restorers.bare import ModuleDerainer
from rainbench.restorers.external import Command

Write = Callable[[str, str], Path]

PRIOR = '''
"""Some plug-in."""
from rainbench import PriorMethod
METHOD = PriorMethod(title="Mine", derain=lambda rainy: rainy)
'''


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Put a folder of the test's own on a shelf, beside the suite's."""

    def add(name: str) -> Path:
        package = __import__(f"rainbench.{name}", fromlist=["__path__"])
        folder = tmp_path / f"more_{name}"
        folder.mkdir()
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        return folder

    return add


def test_names_come_sorted_and_without_importing() -> None:
    code = (
        "import sys; from rainbench.registry import entries\n"
        "assert {'msfm', 'rainy'} <= set(entries('methods'))\n"
        "assert list(entries('methods')) == sorted(entries('methods'))\n"
        "assert not [m for m in sys.modules if m.startswith('rainbench.methods.')]\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_method_is_found_by_its_name() -> None:
    plugin = find_method("rainy")
    assert plugin.name == "rainy"
    assert plugin.origin.name == "rainy.py"
    assert len(plugin.source_sha256) == 64
    assert find_method("rainy") is plugin


def test_unknown_names_get_an_offer() -> None:
    with pytest.raises(UnknownNameError, match=r"method.*'rany'.*did you mean rainy"):
        find_method("rany")


def test_a_users_file_is_a_method(write: Write) -> None:
    plugin = find_method(str(write("mine.py", PRIOR)))
    assert (plugin.name, plugin.value.title) == ("mine", "Mine")


def test_a_bare_command_is_an_external_method(write: Write) -> None:
    source = "from rainbench import Command\nMETHOD = Command('x', '{input}', '{output}')\n"
    plugin = find_method(str(write("theirs.py", source)))
    assert isinstance(plugin.value, ExternalMethod)
    assert (plugin.value.title, plugin.value.restore) == (
        "theirs",
        Command("x", "{input}", "{output}"),
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Command('x', '{input}')", "without {output}"),
        (
            "ExternalMethod(title='X', restore=print, images_per_call=0)",
            "at least one image a call",
        ),
        ("ExternalMethod(title='X', restore=None)", "with a NoneType to call"),
    ],
)
def test_an_external_method_that_is_none_is_refused(write: Write, value: str, message: str) -> None:
    source = f"from rainbench import Command, ExternalMethod\nMETHOD = {value}\n"
    with pytest.raises(PluginError, match=message):
        find_method(str(write("theirs.py", source)))


def test_a_folder_is_nothing_to_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "theirs").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("theirs", "./theirs"):
        with pytest.raises(UsageError, match=r"a folder; .* --method \./FOLDER"):
            find_method(name)


def test_an_edited_file_is_read_again(write: Write) -> None:
    first = find_method(str(write("mine.py", PRIOR)))
    second = find_method(str(write("mine.py", PRIOR.replace("Mine", "Your"))))
    assert (first.value.title, second.value.title) == ("Mine", "Your")
    assert first.source_sha256 != second.source_sha256


def test_a_package_is_a_method(write: Write) -> None:
    write("mine/parts.py", PRIOR)
    plugin = find_method(str(write("mine/__init__.py", "from .parts import METHOD as METHOD\n")))
    assert (plugin.name, plugin.value.title) == ("mine", "Mine")


def test_a_shelf_file_by_its_path_is_the_shelf_plugin() -> None:
    plugin = find_method("rainy")
    assert find_method(str(plugin.origin)) is plugin


def test_a_bare_function_is_wrapped_once(write: Write) -> None:
    file = write("halve.py", "def METHOD(rainy):\n    return rainy / 2\n")
    plugin = find_method(str(file))
    assert isinstance(plugin.value, PriorMethod)
    assert plugin.value.title == "halve"
    assert find_method(str(file)).value is plugin.value
    image = np.ones((2, 3, 3), dtype=np.float32)
    assert plugin.value.derain(image).max() == 0.5


def test_a_network_instance_is_wrapped(write: Write) -> None:
    file = write("net.py", "from torch import nn\nMETHOD = nn.Conv2d(3, 3, 1)\n")
    method = find_method(str(file)).value
    assert isinstance(method, PriorMethod)
    assert isinstance(method.derain, ModuleDerainer)
    restored = method.derain(np.full((5, 7, 3), 0.5, dtype=np.float32))
    assert restored.shape == (5, 7, 3)
    assert restored.dtype == np.float32


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise ValueError('no GPU')\n", r"broken\.py to import, got ValueError: no GPU"),
        ("import sys\nsys.exit(3)\n", r"broken\.py to import, got SystemExit: 3"),
        ("import no_such_module_here\n", "ModuleNotFoundError"),
        ("x = = 1\n", "SyntaxError"),
        ("x = 1\n", r"METHOD = a PriorMethod.*broken\.py, got no METHOD in it"),
        ("METHOD = 3\n", "got 3;"),
        ("class Net: pass\nMETHOD = Net\n", "got the class Net"),
        ("from rainbench import PriorMethod\nMETHOD = PriorMethod(title='t', derain=3)\n", "a int"),
    ],
)
def test_a_broken_plugin_says_what_was_expected(write: Write, source: str, message: str) -> None:
    file = write("broken.py", source)
    with pytest.raises(PluginError, match=message):
        find_method(str(file))


def test_a_broken_plugin_hides_no_other(shelf: Callable[[str], Path]) -> None:
    (shelf("methods") / "shattered.py").write_text("x = = 1\n", encoding="utf-8")
    listed = entries("methods")
    assert {"rainy", "shattered"} <= set(listed)
    assert "SyntaxError" in str(listed["shattered"][0].describe().problem)
    assert find_method("rainy").name == "rainy"
    with pytest.raises(PluginError, match=r"shattered\.py"):
        find_method("shattered")


def test_two_plugins_of_one_name_are_an_error(shelf: Callable[[str], Path]) -> None:
    (shelf("methods") / "rainy.py").write_text(PRIOR, encoding="utf-8")
    assert len(entries("methods")["rainy"]) == 2
    with pytest.raises(PluginError, match=r"one plug-in called 'rainy'.*rainy\.py and .*rainy\.py"):
        find_method("rainy")
    assert find_method("msfm").name == "msfm"


def test_a_users_file_may_not_take_a_shelf_name(write: Write) -> None:
    with pytest.raises(PluginError, match="one plug-in called 'msfm'"):
        find_method(str(write("msfm.py", PRIOR)))


@pytest.mark.parametrize("name", ["no_such_file.py", "folder/none.py"])
def test_a_path_to_nothing_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="none at"):
        find_method(name)


def test_a_name_that_cannot_be_a_label_is_refused(write: Write) -> None:
    with pytest.raises(UsageError, match="rename that file"):
        find_method(str(write("my method.py", PRIOR)))


def test_an_installed_package_brings_a_method(
    monkeypatch: pytest.MonkeyPatch, write: Write, tmp_path: Path
) -> None:
    write("acme_derain/__init__.py", "raise RuntimeError('listing must not import me')\n")
    write("acme_derain/nets.py", PRIOR)
    write("acme_single.py", PRIOR.replace("METHOD", "SINGLE"))
    points = importlib.metadata.EntryPoints(
        importlib.metadata.EntryPoint(name, value, "rainbench.methods")
        for name, value in [
            ("acme", "acme_derain.nets"),
            ("single", "acme_single:SINGLE"),
            ("gone", "no_such_package_here.nets"),
        ]
    )
    monkeypatch.setattr(registry, "entry_points", lambda group: points.select(group=group))
    monkeypatch.syspath_prepend(tmp_path)
    listed = entries("methods")
    assert {"acme", "single", "gone"} <= set(listed)
    assert listed["acme"][0].origin == tmp_path / "acme_derain" / "nets.py"
    assert listed["acme"][0].describe().title == "Mine"
    assert "acme_derain" not in sys.modules
    assert find_method("single").value.title == "Mine"
    with pytest.raises(PluginError, match="listing must not import me"):
        find_method("acme")
    with pytest.raises(PluginError, match="no such module"):
        find_method("gone")


DATASET = """
from rainbench import Dataset
DATASET = Dataset(title="Mine", aliases=("nickname",), releases={}, layouts=())
"""


def test_a_dataset_is_found_by_its_alias(shelf: Callable[[str], Path]) -> None:
    folder = shelf("datasets")
    (folder / "proper.py").write_text(DATASET, encoding="utf-8")
    (folder / "shattered.py").write_text("x = = 1\n", encoding="utf-8")
    assert find_dataset_plugin("nickname").name == "proper"
    with pytest.raises(UnknownNameError, match="did you mean nickname"):
        find_dataset_plugin("nickname2")
    (folder / "second.py").write_text(DATASET, encoding="utf-8")
    with pytest.raises(UsageError, match=r"proper \(.*\) or second \(.*which one\?"):
        find_dataset_plugin("nickname")


def test_threads_get_one_value(write: Write) -> None:
    file = str(write("slow.py", "import time\ntime.sleep(0.05)\ndef METHOD(rainy): return rainy\n"))
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(find_method(file).value)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(value) for value in found}) == 1
