import pytest

from rainbench.cli import transfer as module
from rainbench.cli.transfer import TransferDisplay
from rainbench.data.fetching import Transfer


def test_plain_lines_tell_speed_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    with TransferDisplay(terminal=False) as display:
        for here in (0, 10_000_000, 20_000_000, 60_000_000):
            display.tell(Transfer(step="fetching", file="a.zip", here=here, whole=100_000_000))
            now[0] += 4.0
        display.tell(Transfer(step="unpacking", file="a.zip", here=1))
        now[0] += 10.0
        display.tell(Transfer(step="unpacking", file="a.zip", here=20_000_001))
    assert capsys.readouterr().err.splitlines() == [
        "fetching a.zip: 20.0 MB of 100.0 MB, 2.5 MB/s, 32 s left",
        "unpacking a.zip: 20.0 MB, 2.0 MB/s",
    ]


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with TransferDisplay(terminal=True) as display:
        display.tell(Transfer(step="fetching", file="a.zip", here=1, whole=2))
        display.say("a.zip: [trying] again")
        display.tell(Transfer(step="fetching", file="a.zip", here=2, whole=2))
    err = capsys.readouterr().err
    assert "fetching a.zip" in err
    assert "2/2 bytes" in err
    assert "a.zip: [trying] again" in err
