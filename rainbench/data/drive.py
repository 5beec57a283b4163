"""Google Drive, through gdown, which reads its pages; what comes is checked like all the rest."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from rainbench.data.content import HEAD_BYTES
from rainbench.data.download import OnBytes
from rainbench.data.network import Patience, require_network
from rainbench.data.reply import check_beginning
from rainbench.errors import DatasetError, in_words

FOLDER = "folder:"
"""What stands before the id of a folder."""


def fetch_from_drive(
    address: str,
    file: Path,
    *,
    patience: Patience | None = None,
    offline: bool = False,
    on_bytes: OnBytes = lambda _, __: None,
) -> Path:
    """Fetch a file of Google Drive by its id, or a folder by `folder:` and its id.

    gdown keeps what it has fetched when it is stopped, and goes on from there. Raises DatasetError
    where it is not installed, and where Google gives a page (a quota, a login) and no file.
    """
    if file.exists() and not address.startswith(FOLDER):
        return file
    require_network(f"{file.name} from Google Drive", offline=offline)
    gdown = _gdown()
    patience = patience or Patience()
    seconds = (patience.connect_seconds, patience.stall_seconds)
    file.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until it is checked: gdown gives a file its name before that.
    draft = file if address.startswith(FOLDER) else file.with_name(f"{file.name}.drive")
    try:
        if address.startswith(FOLDER):
            gdown.download_folder(
                id=address.removeprefix(FOLDER), output=str(file), quiet=True, resume=True,
                use_cookies=False, timeout=seconds, retries=patience.tries,
            )  # fmt: skip
        else:
            gdown.download(
                id=address, output=str(draft), quiet=True, resume=True, use_cookies=False,
                timeout=seconds, retries=patience.tries, progress=on_bytes,
            )  # fmt: skip
    except (gdown.DownloadError, OSError) as error:
        raise DatasetError(
            expected=f"{file.name} from Google Drive, {address}",
            got=" ".join(in_words(error).split()),
            now="try again in a day if its quota is used up, or take another source",
        ) from error
    if draft != file:
        _take(draft, file, address)
    return file


def _take(draft: Path, file: Path, address: str) -> None:
    with draft.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    try:
        check_beginning(head, f"Google Drive, {address}")
    except DatasetError:
        draft.unlink()
        raise
    draft.replace(file)


def _gdown() -> ModuleType:
    try:
        import gdown
    except ImportError as error:
        raise DatasetError(
            expected="gdown, which Google Drive needs",
            got="no gdown installed",
            now="`pip install 'rainbench[gdrive]'`, or fetch it in a browser and "
            "`rainbench data import NAME PATH`",
        ) from error
    module: ModuleType = gdown
    return module
