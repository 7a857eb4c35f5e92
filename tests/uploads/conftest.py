"""A box with a running service, and three real servers over its hot folder."""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest

from tests.uploads.box import Box
from tests.uploads.scanning import Entrance
from tests.uploads.servers import Samba, Server, Sftp, Vsftpd, own_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HASTY_SECONDS: Final = 1.0
"""Patience of the scanner whose uploads are cut and stay so."""
_SCANNERS: Final = f"""
[[scanner]]
name = "hasty"
patience_seconds = {HASTY_SECONDS}
[[scanner]]
name = "pages"
settle_seconds = 1.5
"""
KINDS: Final[dict[str, type[Server]]] = {"smb": Samba, "ftp": Vsftpd, "sftp": Sftp}
FILE_CODES: Final = tuple(f"{kind}-{number}" for kind in KINDS for number in range(1, 21))


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """Watching and inspecting, all hồ sơ of ``FILE_CODES`` registered."""
    made = Box(tmp_path_factory.mktemp("box"), _SCANNERS)
    for scanner in ("scan01", "hasty", "pages"):
        (made.drop / scanner).mkdir()
    made.register(dict.fromkeys(FILE_CODES, 9))
    made.start("watch", "inspect")
    try:
        yield made
        made.stop()
    finally:
        made.clean_up()


@pytest.fixture(scope="session")
def servers(box: Box, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """Every server that this machine can run, over the box's hot folder."""
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(kind(folder / name, box.drop))
            for name, kind in KINDS.items()
            if not kind.missing()
        }


@pytest.fixture(params=list(KINDS))
def entrance(
    request: pytest.FixtureRequest, servers: dict[str, Server], tmp_path: Path
) -> Entrance:
    """One way in after the other; skipped, with the reason, where the machine lacks its server."""
    kind: str = request.param
    if kind not in servers:
        pytest.skip(KINDS[kind].missing())
    server = servers[kind]
    arguments = [str(server.port)]
    if isinstance(server, Sftp):
        arguments += [str(server.client_key), str(server.known_hosts), own_name()]
    if kind == "smb":
        try:
            ctypes.CDLL("libsmbclient.so.0")
        except OSError:
            pytest.skip("needs a real SMB client: apt install smbclient")
    return Entrance(kind, tuple(arguments), tmp_path)


@pytest.fixture
def file_code(entrance: Entrance, _numbers: dict[str, int]) -> str:
    """A hồ sơ that no test has scanned yet."""
    number = _numbers[entrance.kind] = _numbers.get(entrance.kind, 0) + 1
    return f"{entrance.kind}-{number}"


@pytest.fixture(scope="session")
def _numbers() -> dict[str, int]:
    """How many hồ sơ were used of each kind."""
    return {}
