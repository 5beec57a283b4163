"""Votes: read from what the page saves, asked once, counted apart where nothing connects them."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from rainbench import Note, Table, Vote, find_report, hold_contests
from rainbench.cli import main
from rainbench.errors import ResultsError
from rainbench.evidence.evidence import Evidence
from rainbench.votes.vote import Choice, read_votes
from tests.made_results import MadeRun, make_results


def vote(
    first: str, second: str, choice: Choice, *, image: str = "1", voter: str = "v", data: str = "d"
) -> Vote:
    return Vote(data=data, image=image, voter=voter, first=first, second=second, choice=choice)


def saved(
    place: Path, votes: list[dict[str, object]], fields: Mapping[str, object] = MappingProxyType({})
) -> Path:
    file = place / "votes-v-abc.json"
    document: dict[str, object] = {
        "schema": 1,
        "ballot": "abc",
        "data": "d",
        "voter": "v",
        "votes": votes,
    }
    document |= fields
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


ONE = {"image": "1", "first": "a", "second": "b", "choice": "tie", "seconds": 2.5}


def test_what_the_page_saves_is_read(tmp_path: Path) -> None:
    assert read_votes(saved(tmp_path, [ONE])) == [vote("a", "b", "tie")]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({"votes": "many"}, "a list of votes"),
        ({"votes": [{**ONE, "choice": "left"}]}, "vote 1"),
        ({"votes": [{**ONE, "second": "a"}]}, "another run"),
        ({"votes": [{"image": "1"}]}, "vote 1"),
        ({"votes": [], "schema": 2}, "update rainbench"),
        ({"votes": [], "voter": None}, "voter"),
    ],
)
def test_what_is_no_file_of_votes_is_refused(
    tmp_path: Path, file: dict[str, object], said: str
) -> None:
    with pytest.raises(ResultsError, match=said):
        read_votes(saved(tmp_path, [], file))


def test_the_last_answer_to_a_question_counts() -> None:
    [contest] = hold_contests([vote("a", "b", "first"), vote("b", "a", "first")])
    assert [(each.run_id, each.wins) for each in contest.strengths] == [("b", 1), ("a", 0)]
    assert contest.votes == 1


def test_wins_ties_and_losses_are_counted() -> None:
    votes = [
        vote("a", "b", "first"), vote("b", "a", "tie", image="2"), vote("b", "c", "first"),
        vote("a", "c", "second", image="3"),
    ]  # fmt: skip
    [contest] = hold_contests(votes)
    found = {each.run_id: (each.wins, each.ties, each.losses) for each in contest.strengths}
    assert found == {"a": (1, 1, 1), "b": (1, 1, 1), "c": (1, 0, 1)}
    assert (contest.votes, contest.voters, contest.images, contest.unit) == (4, 1, 3, "image")


def test_what_no_vote_connects_is_not_compared() -> None:
    votes = [vote("a", "b", "first"), vote("c", "d", "first"), vote("a", "b", "tie", data="e")]
    contests = hold_contests(votes)
    assert [{each.run_id for each in c.strengths} for c in contests] == [
        {"a", "b"}, {"c", "d"}, {"a", "b"},
    ]  # fmt: skip


def test_of_many_voters_each_is_one_observation() -> None:
    votes = [vote("a", "b", "first" if n % 4 else "second", voter=str(n)) for n in range(12)]
    [contest] = hold_contests(votes)
    assert contest.unit == "voter"
    best = contest.strengths[0]
    assert best.run_id == "a"
    assert best.interval is not None
    assert best.interval.low < best.log_odds < best.interval.high


def test_the_report_names_runs_and_says_how_to_vote() -> None:
    make = find_report("votes").make
    [note] = make(Evidence(protocol="y-prenet"))
    assert isinstance(note, Note)
    assert "rainbench vote" in note.text
    [table, *notes] = make(Evidence(protocol="y-prenet", votes=(vote("a", "b", "first"),)))
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["a", "b"]
    assert "not among the results" in str(notes)


def test_votes_beside_the_results_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [MadeRun(label="good", gain_db=8), MadeRun(label="bad", gain_db=1)]
    results = make_results(tmp_path, runs, names=["1", "2"])
    good, bad = (next((results / "pairs").glob(f"{name}-*")).name[-12:] for name in ("good", "bad"))
    (results / "votes").mkdir()
    saved(results / "votes", [{**ONE, "first": bad, "second": good, "choice": "second"}])
    assert main(["report", "votes", "--results", str(results)]) == 0
    rows = [
        line.split("|")[1].strip() for line in capsys.readouterr().out.splitlines() if "|" in line
    ]
    assert rows[2:] == ["good", "bad"]
    again = saved(
        tmp_path, [{**ONE, "image": "2", "first": bad, "second": good, "choice": "first"}]
    )
    assert main(["report", "votes", "--results", str(results), "--with", str(again)]) == 0
    assert "2 votes of 1 on 2 images" in capsys.readouterr().out
