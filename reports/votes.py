"""What people prefer who do not know whose picture it is: strengths from blind votes."""

from collections.abc import Sequence

from rainbench import Block, Column, Contest, Evidence, Note, Report, Table, hold_contests

MODEL = (
    "Strength is the log of the odds of being chosen over an average row of its table (1 is 2.7 to "
    "1), by Bradley and Terry's model with Davidson's ties. Intervals hold the true strength 95 "
    "times in 100, over the {unit}s, each taken as a whole."
)
NONE = (
    "There is no vote. Make a page to vote on, rainbench vote --dataset DATASET -o vote.html, and "
    "put what it saves into the folder votes of the results, or name it: --with votes-NAME.json."
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange a table for each dataset, the strongest first."""
    contests = hold_contests(evidence.votes)
    names = {album.run_id: album.row for album in evidence.albums}
    tables = [_table(contest, names) for contest in contests]
    units = dict.fromkeys(contest.unit for contest in contests)
    notes = [MODEL.format(unit=unit) for unit in units]
    strange = sorted(
        {each.run_id for c in contests for each in c.strengths if each.run_id not in names}
    )
    if strange:
        notes.append(f"Runs that are not among the results, by their ids: {', '.join(strange)}.")
    return [*tables, *map(Note, notes)] if tables else [Note(NONE)]


def _table(contest: Contest, names: dict[str, str]) -> Table:
    said = f"{contest.votes} votes of {contest.voters} on {contest.images} images"
    rows = []
    for each in contest.strengths:
        low, high = each.interval or (None, None)
        asked = each.wins + each.ties + each.losses
        rows.append(
            (
                names.get(each.run_id, each.run_id), each.log_odds, low, high,
                100 * (each.wins + each.ties / 2) / asked, each.wins, each.ties, each.losses,
            )
        )  # fmt: skip
    return Table(
        title=f"Blind votes on {contest.data}: {said}",
        columns=(
            Column(title="method"),
            Column(title="strength", unit="log-odds", align="right"),
            Column(title="95% from", align="right"),
            Column(title="to", align="right"),
            Column(title="chosen", unit="%, ties half", align="right", decimals=0),
            Column(title="won", align="right"),
            Column(title="as good", align="right"),
            Column(title="lost", align="right"),
        ),
        rows=tuple(rows),
    )


REPORT = Report(title="Blind votes", make=make, needs_results=False)
