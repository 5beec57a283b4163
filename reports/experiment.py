"""The experimental protocol in words: paragraphs for a paper's method section."""

from collections.abc import Iterable, Iterator, Sequence

from rainbench import (
    PROTOCOLS,
    Block,
    Evidence,
    Measurement,
    Note,
    RainbenchError,
    Report,
    Result,
    describe_protocol,
    find_dataset,
)

SCENES = (
    "Rows are compared image by image; differences are averaged within each scene, the unit of "
    "all statistics ({counts}). Intervals hold the true mean 95 times in 100 (Student's below 30 "
    "scenes, a BCa bootstrap's from there on); p-values are of Wilcoxon's signed-rank test over "
    "scenes, corrected by Holm over all pairs of a dataset's rows."
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Say in paragraphs what was scored, how, of which weights, and on which machine."""
    if not evidence.results:
        return [Note("There is no result to describe."), *map(Note, evidence.unscored)]
    paragraphs = (
        _data(evidence),
        _metrics(evidence),
        _methods(evidence.results),
        _machine(evidence.results),
        _statistics(evidence.results),
    )
    return [Note(words) for words in (*paragraphs, *evidence.unscored) if words]


def _data(evidence: Evidence) -> str:
    shown = {result.measurement.data: result.measurement for result in evidence.results}
    parts = [_dataset(shown[data], evidence.results) for data in sorted(shown)]
    return f"Methods are evaluated on {_listed(parts)}."


def _dataset(data: Measurement, results: Iterable[Result]) -> str:
    """Name a dataset with its release and how many of its pairs were scored, by every row."""
    counts = sorted({r.measurement.images for r in results if r.measurement.data == data.data})
    some = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
    pairs = f"{data.of} pairs" if counts == [data.of] else f"{some} of {data.of} pairs"
    return f"{_title(data.dataset)} (release {data.release}, {data.split} split, {pairs})"


def _title(dataset: str) -> str:
    try:
        return find_dataset(dataset).title
    except RainbenchError:  # a folder of the user's own, or a plug-in that is gone
        return dataset


def _metrics(evidence: Evidence) -> str:
    protocol = PROTOCOLS.get(evidence.protocol)
    versions = sorted({_version(result, "rainbench") for result in evidence.results} - {""})
    suite = f"rainbench {', '.join(versions)}".strip()
    if protocol is None:
        return f"PSNR and SSIM are those of the protocol {evidence.protocol} of {suite}."
    rounded = [r.row for r in evidence.results if "from 8-bit" in r.measurement.marks]
    beside = f" Scored from 8-bit pictures all the same: {_listed(rounded)}." if rounded else ""
    return f"{describe_protocol(protocol)} This is the protocol {protocol.name} of {suite}.{beside}"


def _methods(results: Sequence[Result]) -> str:
    rows = dict.fromkeys(_row(result) for result in results)
    return f"Compared are {_listed([*rows])}. {' '.join(_overlaps(results))}".strip()


def _row(result: Result) -> str:
    """Tell of a row what decides its numbers: size, weights, training data, tiles."""
    about = []
    if result.parameters is not None:
        about.append(f"{result.parameters:,} parameters")
    run = result.identity
    if run is not None and run.weights_sha256:
        about.append(f"weights of SHA-256 {run.weights_sha256[:12]}")
    about.append("nothing trained" if result.training is None else f"trained on: {result.training}")
    if run is not None and run.tile:
        about.append(f"restored in tiles of {run.tile} pixels")
    return f"{result.name} ({', '.join(about)})"


def _overlaps(results: Sequence[Result]) -> Iterator[str]:
    """Say of which rows the training data show scored scenes, or nobody knows."""
    seen: dict[tuple[str, str], list[str]] = {}
    for result in results:
        word, _, count = result.measurement.overlap.partition(" ")
        if word == "seen":
            seen.setdefault((result.measurement.data, count), []).append(result.row)
    for (data, count), rows in seen.items():
        said = f"Of the images of {data}, {count} show scenes of the training data of"
        yield f"{said} {_listed(rows)}."
    unknown = dict.fromkeys(r.row for r in results if r.measurement.overlap == "overlap unknown")
    if unknown:
        yield f"Whether scored scenes were trained on is not known of {_listed([*unknown])}."


def _machine(results: Iterable[Result]) -> str:
    """Say on which devices, by which engines and versions, methods ran."""
    ran: dict[str, None] = {}
    for result in results:
        for session in result.sessions:
            if session.engine in ("", "pictures"):
                continue
            versions = session.versions
            known = [f"{name} {versions[name]}" for name in sorted(versions) if name != "rainbench"]
            threads = _count(session.threads, "thread")
            processor = [session.processor] if session.processor else []
            beside = f" ({', '.join([*processor, *known, threads])})"
            ran[f"by {session.engine} on {session.device}{beside}"] = None
    return f"Methods ran {_listed([*ran])}." if ran else ""


def _statistics(results: Sequence[Result]) -> str:
    by_data: dict[str, list[Result]] = {}
    for result in results:
        by_data.setdefault(result.measurement.data, []).append(result)
    counts = [
        f"{data}: {_count(len({image.scene for row in rows for image in row.images}), 'scene')}"
        for data, rows in sorted(by_data.items())
        if len(rows) > 1
    ]
    return SCENES.format(counts="; ".join(counts)) if counts else ""


def _version(result: Result, name: str) -> str:
    found = [session.versions.get(name, "") for session in result.sessions]
    return found[-1] if found else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


REPORT = Report(title="The experimental protocol, in words", make=make)
