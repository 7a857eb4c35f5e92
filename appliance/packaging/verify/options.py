"""How a check is done: how deep, with how many threads, and who judges signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.disk.digesting import Fingerprint
    from appliance.packaging.verify.ahead import Ahead
    from appliance.packaging.verify.deep import Decoder
    from appliance.packaging.verify.reading import OnRead

SignatureCheck = Callable[[bytes, bytes, str], bool]
"""Whether a signature over data is good: data, signature, namespace."""


def unheeded(size_bytes: int) -> None:
    """Progress that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Options:
    """What every check of one run shares.

    Args:
        decoder: Decodes masters and PDF streams too; None when that is not wanted.
        check_signature: Judges SSHSIG signatures; None leaves them unchecked.
        jobs: Threads or processes at work at a time.
        on_read: Told how many bytes more were read; called from several threads.
        measured: What whole files measure, by path: papers that speak of one package share its
            one read.
        ahead: Checks the packages of a store before they are asked for; None elsewhere.
    """

    decoder: Decoder | None
    check_signature: SignatureCheck | None
    jobs: int
    on_read: OnRead
    measured: dict[Path, Fingerprint] = field(default_factory=dict)
    ahead: Ahead | None = None
