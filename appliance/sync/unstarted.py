"""Why a session that a host gave brought no receiver: it hangs, says something else, or has ended.

sshd gives the session before anything of ours runs: it starts the program by the account's login
shell, and what that shell reads first may hang, print, or end it. The line is not to blame then,
and waiting for it would mend nothing; so the host itself is asked whether it still answers.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

import paramiko

from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from appliance.domain.errors import RemoteError

WORDS_SECONDS: Final = 1.0
"""Our own: so long is listened for what else the far side says, and whether it ends."""

ANSWER_SECONDS: Final = 3.0
"""Our own: a host that does not give or refuse another session within this is not there."""

_WORDS_BYTES: Final = 2000

_LOCKED: Final = re.compile(r"currently not available|has expired|is locked|nologin", re.IGNORECASE)
"""What ``nologin`` and sshd say of an account that is shut."""


def no_receiver(
    client: paramiko.SSHClient, channel: paramiko.Channel, problem: Exception
) -> RemoteError:
    """Which refusal it is that nothing on a session greeted the box; raise what this returns.

    Args:
        client: Logged in.
        channel: The session.
        problem: What was noticed; a ``TimeoutError`` when nothing came at all.

    Returns:
        ``LINE-CUT``: the host is gone as well; ``ACCOUNT-LOCKED``; ``FAR-RECEIVER-MISSING``: the
        session has ended; ``FAR-RECEIVER-SILENT``; ``FAR-RECEIVER-NOISY``: something else talks.
    """
    words, has_ended = _last_words(channel)
    told = f"{problem}; it says: {words}" if words else str(problem)
    if not is_answering(client):
        return refusal("LINE-CUT", f"the line was cut at the greeting: {told}")
    if is_locked(told):
        return refusal("ACCOUNT-LOCKED", told)
    if has_ended:
        return refusal("FAR-RECEIVER-MISSING", f"the session ended: {told}")
    is_silent = isinstance(problem, TimeoutError)
    return refusal("FAR-RECEIVER-SILENT" if is_silent else "FAR-RECEIVER-NOISY", told)


def _last_words(channel: paramiko.Channel) -> tuple[str, bool]:
    """What the far side says yet, its errors first, on one line; and whether it has ended."""
    said, has_ended = b"", False
    deadline = time.monotonic() + WORDS_SECONDS
    while len(said) < _WORDS_BYTES and (left_seconds := deadline - time.monotonic()) > 0:
        channel.settimeout(left_seconds)
        try:
            piece = channel.recv(_WORDS_BYTES)
        except (OSError, EOFError, paramiko.SSHException):
            break  # it has no more to say, or it is gone: what it said so far is told
        if not piece:
            has_ended = True
            break
        said += piece
    errors = channel.recv_stderr(_WORDS_BYTES) if channel.recv_stderr_ready() else b""
    text = f"{errors.decode('utf-8', 'replace')} {said.decode('utf-8', 'replace')}"
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split()), has_ended


def is_answering(client: paramiko.SSHClient) -> bool:
    """Whether the host itself answers, whatever runs on its account: it is asked for a session.

    Whether it gives one or refuses, it is there; only silence or an end says otherwise.
    """
    transport = client.get_transport()
    if transport is None:
        return False
    try:
        transport.open_session(timeout=ANSWER_SECONDS).close()
    except paramiko.ChannelException:
        return True
    except (OSError, EOFError, paramiko.SSHException):
        return False
    return True


def is_locked(told: str) -> bool:
    """Whether what a host says means that the account is shut, for a while or for good."""
    return _LOCKED.search(told) is not None
