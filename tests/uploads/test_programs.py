"""The programs that people have at hand: smbclient, curl and OpenSSH's sftp."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.uploads.scanning import sha256_of, tiff_page
from tests.uploads.servers import HOST, Server, Sftp, own_name

if TYPE_CHECKING:
    from pathlib import Path

    from tests.uploads.box import Box
    from tests.uploads.scanning import Entrance

PACKAGES = {"smbclient": "smbclient", "curl": "curl", "sftp": "openssh-client"}
DATA = tiff_page(30)
FIRST = len(DATA) // 3


def run(command: list[str], script: str = "") -> None:
    """Run a program to its end; it must be content."""
    done = subprocess.run(command, input=script, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout} {done.stderr}"


def send_by_smbclient(server: Server, folder: Path, file_code: str) -> None:
    """Whole and a new name; its ``reput`` empties the file and sends the rest alone (4.17)."""
    steps = (
        f"mkdir scan01\\{file_code}; cd scan01\\{file_code}; "
        f"put {folder}/whole 0001.part; rename 0001.part 0001.tif"
    )
    run(["smbclient", f"//{HOST}/drop", "-p", str(server.port), "-N", "-c", steps])


def send_by_curl(server: Server, folder: Path, file_code: str) -> None:
    """The first part, then the rest with ``-C -``, which appends, and a new name."""
    url = f"ftp://{HOST}:{server.port}/scan01/{file_code}/"
    run(["curl", "-sS", "--ftp-create-dirs", "-T", f"{folder}/first", f"{url}0001.part"])
    run(["curl", "-sS", "-C", "-", "-T", f"{folder}/whole", f"{url}0001.part"])
    run(["curl", "-sS", "-l", "-Q", "-RNFR 0001.part", "-Q", "-RNTO 0001.tif", url])


def send_by_sftp(server: Server, folder: Path, file_code: str) -> None:
    """The first part, the rest, and a new name, which this client sends as a true rename."""
    assert isinstance(server, Sftp)
    place = f"scan01/{file_code}"
    steps = (
        f"-mkdir {place}\nput {folder}/first {place}/0001.part\n"
        f"reput {folder}/whole {place}/0001.part\nrename {place}/0001.part {place}/0001.tif\n"
    )
    options = ("IdentitiesOnly=yes", f"UserKnownHostsFile={server.known_hosts}", "BatchMode=yes")
    named = [word for option in options for word in ("-o", option)]
    login = ["-P", str(server.port), "-i", str(server.client_key), f"{own_name()}@{HOST}"]
    run(["sftp", "-F", "none", "-b", "-", *named, *login], steps)


SENDERS = {
    "smb": ("smbclient", send_by_smbclient),
    "ftp": ("curl", send_by_curl),
    "sftp": ("sftp", send_by_sftp),
}


def test_a_stock_program_uploads_and_renames(
    box: Box, entrance: Entrance, servers: dict[str, Server], file_code: str, tmp_path: Path
) -> None:
    """A part, its resumed rest where the client can, and a rename make one page, taken once."""
    program, send = SENDERS[entrance.kind]
    if shutil.which(program) is None:
        pytest.skip(f"needs a real {program}: apt install {PACKAGES[program]}")
    (tmp_path / "first").write_bytes(DATA[:FIRST])
    (tmp_path / "whole").write_bytes(DATA)
    send(servers[entrance.kind], tmp_path, file_code)
    box.awaits(lambda: bool(box.masters(file_code)), f"{file_code} comes in")
    (row,) = box.masters(file_code)
    assert (row["sha256"], row["name"]) == (sha256_of(DATA), "0001.tif")
    assert row["state"] in {"accepted", "inspected"}
