"""A method in any language: a command that restores one folder of pictures into another."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import IO, cast

from rainbench.errors import MethodError, NotInstalledError, PluginError

PLACES = ("input", "output")
"""What {input} and {output} among the words stand for: two folders."""

# What programs need to find themselves, their user's settings and a GPU. All else, access keys
# and PYTHONPATH alike, stays with rainbench.
PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "SYSTEMROOT", "COMSPEC", "PATHEXT", "USERPROFILE",
    "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
)  # fmt: skip

# The last words of a command that failed: enough for an error and where it came from.
_LAST_LINES = 6
_LAST_BYTES = 4096
# What a program sent away to live on by itself may hold the other end of the pipe.
_LAST_SECONDS = 1.0

_POSIX = os.name == "posix"
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACES) + r")\}")
_CONFINE = Path(__file__).with_name("confine.py")


@dataclass(frozen=True, init=False)
class Command:
    """A command that restores every picture in the folder {input} into the folder {output}.

        Command("octave-cli", "derain.m", "{input}", "{output}", timeout_s=600, memory_mib=2048)

    The words go to the program as they are; no shell reads them. {input} and {output} may stand
    inside a word. Calling it with the two paths runs the command once; it and every process it
    started are ended when it takes too long, and when rainbench is interrupted or killed.

    Args:
        words: the program, by its name on the PATH or by its path, and its arguments.
        timeout_s: seconds that one call may take; None: no limit.
        memory_mib: MiB of address space that each of its processes may have (POSIX's
            RLIMIT_AS); None: no limit. Refused on systems that cannot hold it.
        folder: the working folder, which relative paths start from; None: that of the
            plug-in's file.
        files: what else decides the result, such as code that the program loads: paths whose
            contents count for the run's identity. Files that are words of their own count
            without being listed.
        environment: variables to set beside the few that are passed on (PASSED_ON).

    Raises PluginError for words without both placeholders and for limits that are none.
    """

    words: tuple[str, ...]
    timeout_s: float | None
    memory_mib: int | None
    folder: Path | None
    files: tuple[str, ...]
    environment: Mapping[str, str]

    def __init__(
        self,
        *words: str | Path,
        timeout_s: float | None = None,
        memory_mib: int | None = None,
        folder: str | Path | None = None,
        files: Sequence[str] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        _check(tuple(map(str, words)), timeout_s, memory_mib)
        fields = {
            "words": tuple(map(str, words)),
            "timeout_s": timeout_s,
            "memory_mib": memory_mib,
            "folder": None if folder is None else Path(folder),
            "files": tuple(files),
            "environment": MappingProxyType(dict(environment)),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def name(self) -> str:
        """What the program is called."""
        return Path(self.words[0]).name

    def within(self, folder: Path) -> Command:
        """Let relative paths start from `folder`, unless the command says from where."""
        place = folder if self.folder is None else folder / self.folder
        return Command(
            *self.words,
            timeout_s=self.timeout_s,
            memory_mib=self.memory_mib,
            folder=place,
            files=self.files,
            environment=self.environment,
        )

    def find_program(self) -> str:
        """Return the path of the program. Raises NotInstalledError where it is not there."""
        word, folder = self.words[0], self._folder()
        is_path = Path(word).name != word
        path = self._environment().get("PATH")
        found = shutil.which(str(folder / word) if is_path else word, path=path)
        if found is None:
            raise NotInstalledError(
                expected=f"the program {word}" + ("" if is_path else " on the PATH"),
                got=f"none in {folder} that may be run" if is_path else "none of that name",
                now="install it, or correct the command's first word",
            )
        if self.memory_mib is not None and not _POSIX:
            raise NotInstalledError(
                expected="a system that can cap a program's memory",
                got=sys.platform,
                now="leave memory_mib out",
            )
        return str(Path(found).absolute())

    @property
    def sha256(self) -> str:
        """Digest what decides the result: the words, and the contents of files among them.

        A file counts by its name and contents, wherever it lies.
        """
        digest = sha256()
        for word in (*self.words, *self.files):
            digest.update(f"{self._identity(word)}\n".encode(errors="surrogatepass"))
        for name, value in sorted(self.environment.items()):
            digest.update(f"{name}={value}\n".encode(errors="surrogatepass"))
        return digest.hexdigest()

    def __call__(self, rainy: Path, restored: Path) -> None:
        """Run the command once. Raises MethodError unless it ends in time with status 0."""
        places = dict(zip(PLACES, (rainy, restored), strict=True))
        words = [_PLACEHOLDER.sub(lambda m: str(places[m[1]]), word) for word in self.words]
        words[0] = self.find_program()
        with self._process(words) as (process, tail):
            try:
                status: int | None = process.wait(self.timeout_s)
            except subprocess.TimeoutExpired:
                status = None
        if status is None:
            raise MethodError(
                expected=f"{self.name} to end within {self.timeout_s:g} s",
                got=f"a program still at work, which was ended; {tail}",
                now="raise timeout_s, or restore fewer pictures a call (images_per_call)",
            )
        if status != 0:
            raise MethodError(
                expected=f"{self.name} to end with exit status 0",
                got=f"{_in_words(status)}; {tail}",
                now=f"run it by hand in {self._folder()}: {' '.join(self.words)}",
            )

    @contextmanager
    def _process(self, words: Sequence[str]) -> Iterator[tuple[subprocess.Popen[bytes], _Tail]]:
        """Start the command in a process group of its own, which is gone when this is left."""
        memory = 0 if self.memory_mib is None else self.memory_mib * 2**20
        with subprocess.Popen(  # noqa: S603 words of the plug-in, which is code itself
            [sys.executable, "-I", "-S", str(_CONFINE), str(memory), *words],
            cwd=self._folder(),
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=_POSIX,
        ) as process:
            tail = _Tail(cast("IO[bytes]", process.stdout))
            try:
                yield process, tail
            finally:
                _end_group(process)
                tail.join(_LAST_SECONDS)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        # Decimal points, and messages that a report can be searched for.
        return {"LC_ALL": "C.UTF-8", **kept, **self.environment}

    def _folder(self) -> Path:
        return Path.cwd() if self.folder is None else self.folder.absolute()

    def _identity(self, word: str) -> str:
        path = self._folder() / word
        if _PLACEHOLDER.search(word) or not path.is_file():
            if word in self.files:
                raise PluginError(
                    expected=f"the file {word} of {self.name}",
                    got=f"none in {self._folder()}",
                    now="correct the command's files",
                )
            return word
        with path.open("rb") as file:
            return f"{path.name} {file_digest(file, 'sha256').hexdigest()}"


class _Tail(Thread):
    """Reads what a program says, so that it never waits, and keeps the last of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._kept = b""
        self.start()

    def run(self) -> None:
        """Read to the end."""
        with suppress(OSError, ValueError):  # closed by whoever waited long enough
            while block := os.read(self._stream.fileno(), 65536):
                self._kept = (self._kept + block)[-_LAST_BYTES:]

    def __str__(self) -> str:
        text = self._kept.decode(errors="replace")
        lines = deque((line.strip() for line in text.splitlines() if line.strip()), _LAST_LINES)
        return f"it said last: {' | '.join(lines)}" if lines else "it said nothing"


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it started; what has ended already is left alone."""
    if sys.platform == "win32":
        cast("IO[bytes]", process.stdin).close()  # confine.py takes it for our end
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _in_words(status: int) -> str:
    number = status - 128 if status > 128 else -status
    with suppress(ValueError):
        return f"exit status {status} ({signal.Signals(number).name})"
    return f"exit status {status}"


def _check(words: tuple[str, ...], timeout_s: float | None, memory_mib: int | None) -> None:
    shown = " ".join(words) or "nothing"
    lacking = [f"{{{name}}}" for name in PLACES if not any(f"{{{name}}}" in w for w in words[1:])]
    if lacking:
        raise PluginError(
            expected="a program's name, then {input} and {output} among its words",
            got=f"{shown}, without {' and '.join(lacking)}",
            now="say where it takes the folder of rainy pictures and that for the restored ones",
        )
    for name, limit in (("timeout_s", timeout_s), ("memory_mib", memory_mib)):
        if limit is not None and not limit > 0:
            raise PluginError(
                expected=f"{name} above 0 for {shown}", got=f"{limit}", now="leave it out for none"
            )
