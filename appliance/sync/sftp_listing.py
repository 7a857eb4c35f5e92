"""What lies in a folder behind SFTP, as its server tells it, which need not be true."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from appliance.sync.plain_files import Entry
from appliance.sync.refusal import refusal
from appliance.sync.sftp_packets import Attributes, NoMoreError, Reply, Request, read_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.sync.sftp import SftpSession


def told_entries(session: SftpSession, handle: bytes) -> Iterator[Entry | None]:
    """Files and folders of an open folder, as long as the server tells of more.

    It may never end: whoever takes them counts every one, also those that are None since they
    are of no use here. An answer without a name yields one None.

    Args:
        session: With the server.
        handle: Of the folder, as a string of the wire.

    Raises:
        RemoteError: ``FAR-REFUSED``: what comes are no names; others as of ``SftpSession``.
        OSError: As of ``SftpSession.answer``.
    """
    while True:
        try:
            answer = session.call(Request.READDIR, handle)
        except NoMoreError:
            return
        if answer.kind != Reply.NAME:
            raise refusal("FAR-REFUSED", f"asked for names, the server answers {answer.kind}")
        named = read_names(answer)
        yield from (_entry(name, told) for name, told in named)
        if not named:
            yield None


def _entry(name: str, found: Attributes) -> Entry | None:
    """A file or a folder; what else may lie there is passed over."""
    is_folder = stat.S_ISDIR(found.mode)
    if name in {".", ".."} or not (is_folder or stat.S_ISREG(found.mode)):
        return None
    return Entry(name, 0 if is_folder else found.size_bytes, is_folder)
