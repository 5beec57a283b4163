"""Reading a run's folder: nothing is taken that cannot be trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from rainbench.dataset import Given
from rainbench.errors import ResultsError
from rainbench.metrics.comparison import Score
from rainbench.metrics.pixel_error import PixelErrors
from rainbench.runs.document import Fields, decode_errors, decode_score, parse
from rainbench.runs.identity import ID_DIGITS, Run, digest, is_image_name
from rainbench.runs.journal import read_lines
from rainbench.runs.record import (
    FAILURES,
    HEADER,
    SCHEMA,
    SESSIONS,
    Failure,
    Header,
    ImageRecord,
    RunRecord,
)
from rainbench.runs.session import Session

_FOLDER = re.compile(rf".+-[0-9a-f]{{{ID_DIGITS}}}")


def run_folders(dataset_folder: Path) -> list[Path]:
    """List the runs in a dataset's folder by name; other folders are none of ours."""
    if not dataset_folder.is_dir():
        return []
    folders = sorted(path for path in dataset_folder.iterdir() if _FOLDER.fullmatch(path.name))
    # A process killed in the moment between the two leaves a folder without its header.
    return [path for path in folders if (path / HEADER).exists() or any(path.glob("*.jsonl"))]


def find_run(dataset_folder: Path, run_id: str) -> Path | None:
    """Find the folder of a run by its id, whatever its label. Raises ResultsError for two."""
    found = [path for path in run_folders(dataset_folder) if path.name.endswith(f"-{run_id}")]
    if len(found) > 1:
        raise ResultsError(
            expected=f"one folder of run {run_id}",
            got=" and ".join(map(str, found)),
            now="keep one and move the other out of the results folder",
        )
    return found[0] if found else None


def read_run(folder: Path) -> RunRecord:
    """Read a run's folder. Raises ResultsError where it cannot be trusted."""
    header = _read_header(folder)
    sessions = {}
    for place, document in read_lines(folder / SESSIONS):
        session = _read_session(Fields(document, place))
        sessions[session.number] = session
    lines = [line for _, line in image_lines(folder, sessions)]
    failures = _latest_failures(
        _read_failure(Fields(document, place)) for place, document in read_lines(folder / FAILURES)
    )
    images = _merge(lines)
    return RunRecord(
        folder=folder,
        header=header,
        sessions=sessions,
        images={name: images[name] for name in sorted(images) if _holds(images[name], failures)},
        failures={
            name: failures[name]
            for name in sorted(failures)
            if not failures[name].withdrawn
            and (name not in images or failures[name].session > images[name].session)
        },
        mixed=len({sessions[line.session].machine for line in lines}) > 1,
    )


def image_lines(folder: Path, sessions: Mapping[int, Session]) -> Iterator[tuple[str, ImageRecord]]:
    """Read every line about an image, with its place for messages. Raises ResultsError."""
    for path in sorted(folder.glob("images*.jsonl")):
        for place, document in read_lines(path):
            yield place, _read_image(Fields(document, place), sessions)


def _merge(lines: Iterable[ImageRecord]) -> dict[str, ImageRecord]:
    """Let the last line about an image win, with the cells of earlier ones on the same pixels."""
    merged: dict[str, ImageRecord] = {}
    for line in lines:
        before = merged.get(line.image)
        if before is not None and _pixels(before) == _pixels(line):
            line = replace(
                line,
                scores={**before.scores, **line.scores},
                errors=line.errors or before.errors,
            )
        merged[line.image] = line
    return merged


def _latest_failures(failures: Iterable[Failure]) -> dict[str, Failure]:
    return {failure.image: failure for failure in failures}


def _holds(line: ImageRecord, failures: Mapping[str, Failure]) -> bool:
    """Whether no later attempt found other pixels, or none, under the image's name."""
    later = failures.get(line.image)
    return later is None or later.session <= line.session or _pixels(later) == _pixels(line)


def _pixels(line: ImageRecord | Failure) -> tuple[str | None, str | None]:
    return line.rainy_sha256, line.clean_sha256


def _read_header(folder: Path) -> Header:
    path = folder / HEADER
    try:
        fields = Fields(parse(path.read_bytes(), str(path)), str(path))
    except OSError as error:
        raise ResultsError(
            expected=f"a run's {HEADER}",
            got=f"{path} ({error.strerror})",
            now="restore that file, or remove that folder and run again",
        ) from error
    schema = fields.whole("schema")
    if schema > SCHEMA:
        raise ResultsError(
            expected=f"results of schema {SCHEMA} or older",
            got=f"schema {schema} in {path}",
            now="update rainbench",
        )
    identity = Fields(fields.mapping("identity"), f"{path}, identity")
    found = digest(identity.document)
    if found != fields.text("run_id") or not folder.name.endswith(f"-{found}"):
        raise ResultsError(
            expected=f"an identity whose digest is {fields.text('run_id')}, as the folder's name",
            got=f"{found} in {path}, which was edited or moved",
            now="restore the file, or remove that folder and run again",
        )
    return Header(
        run=_read_identity(identity),
        label=fields.text("label"),
        title=fields.text("title"),
        parameters=fields.maybe_whole("parameters"),
        trained_on=fields.maybe_text("trained_on"),
        budget=fields.maybe_text("budget") or "",
        repeats=fields.maybe_text("repeats") or "",
        floor=fields.document.get("floor") is True,
        of=fields.whole("of", 0),
        exact=fields.document.get("exact") is not False,
    )


def _read_identity(fields: Fields) -> Run:
    settings = fields.mapping("settings")
    if not all(isinstance(value, bool | int | float | str) for value in settings.values()):
        fields.refuse("settings", "plain values")
    return Run(
        method=fields.text("method"),
        settings=dict(settings),
        method_sha256=fields.text("method_sha256"),
        weights_sha256=fields.maybe_text("weights_sha256"),
        dataset=fields.text("dataset"),
        release=fields.text("release"),
        split=fields.text("split"),
        tile=fields.maybe_whole("tile"),
        dtype=fields.text("dtype"),
        seed=fields.whole("seed"),
        numerics=fields.whole("numerics"),
        input=_read_given(fields),
    )


def _read_given(fields: Fields) -> Given:
    given = fields.text("input", "rainy")
    return given if given in ("rainy", "clean") else fields.refuse("input", "rainy or clean")  # type: ignore[return-value]


def _read_session(fields: Fields) -> Session:
    return Session(
        number=fields.whole("number"),
        start=fields.text("start", ""),
        host=fields.text("host", ""),
        command=fields.text("command", ""),
        versions=dict(fields.mapping("versions", {})),
        device=fields.text("device", ""),
        engine=fields.text("engine", ""),
        processor=fields.maybe_text("processor") or "",
        threads=fields.whole("threads", 0),
        of=fields.maybe_whole("of"),
        data=fields.text("data", ""),
    )


def _read_image(fields: Fields, sessions: Mapping[int, Session]) -> ImageRecord:
    session = fields.whole("session")
    if session not in sessions:
        fields.refuse("session", f"the number of a line in {SESSIONS}")
    scores = {}
    for protocol, value in fields.mapping("scores").items():
        score = decode_score(value)
        if score is None:
            Fields(fields.mapping("scores"), fields.place).refuse(protocol, "[PSNR in dB, SSIM]")
        scores[protocol] = Score(*score)
    return ImageRecord(
        image=_read_name(fields),
        rainy_sha256=fields.sha256("rainy_sha256"),
        clean_sha256=fields.maybe_sha256("clean_sha256"),
        seconds=fields.maybe_seconds("seconds"),
        session=session,
        scores=scores,
        clean_look=fields.maybe_sha256("clean_look"),  # of as many digits
        scene=fields.maybe_text("scene"),
        errors=_read_errors(fields),
    )


def _read_errors(fields: Fields) -> PixelErrors | None:
    value = fields.document.get("errors")
    found = None if value is None else decode_errors(value)
    return fields.refuse("errors", "errors by pixel") if value is not None and not found else found


def _read_failure(fields: Fields) -> Failure:
    return Failure(
        image=_read_name(fields),
        rainy_sha256=fields.maybe_sha256("rainy_sha256"),
        clean_sha256=fields.maybe_sha256("clean_sha256"),
        session=fields.whole("session"),
        error=fields.text("error"),
        withdrawn=fields.document.get("withdrawn") is True,
    )


def _read_name(fields: Fields) -> str:
    # A name becomes a file's: someone's record must not make us write anywhere else.
    name = fields.text("image")
    return name if is_image_name(name) else fields.refuse("image", "a name that is no path")
