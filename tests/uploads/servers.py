"""Private servers on loopback that scanners upload to: Samba, vsftpd, OpenSSH's SFTP.

Each is the machine's own program with a configuration, a port and folders of its own; the
machine's own servers, if any, are left alone. Everything that a server starts ends with it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.signing.keys import ensure_key

if TYPE_CHECKING:
    from typing import Self

HOST: Final = "127.0.0.1"
SEARCH: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_START_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.02

_SAMBA: Final = """\
[global]
server role = standalone server
smb ports = {port}
interfaces = lo
bind interfaces only = yes
disable netbios = yes
{folders}
log file = {folder}/log
load printers = no
disable spoolss = yes
map to guest = Bad User
guest account = {user}
[drop]
path = {root}
read only = no
guest ok = yes
force user = {user}
veto files = /.claimed/
"""
_SAMBA_FOLDERS: Final = {
    "private dir": "private",
    "lock directory": "lock",
    "state directory": "state",
    "cache directory": "cache",
    "pid directory": "pid",
    "ncalrpc dir": "ncalrpc",
}
_VSFTPD: Final = """\
listen=YES
listen_address={host}
listen_port={port}
background=NO
run_as_launching_user=YES
anonymous_enable=YES
no_anon_password=YES
anon_root={root}
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
local_enable=NO
seccomp_sandbox=NO
secure_chroot_dir={folder}/empty
vsftpd_log_file={folder}/log
deny_file={{.claimed}}
"""
"""``seccomp_sandbox=NO``: vsftpd 3.0.3 kills its own children on newer kernels with it."""
_SSHD: Final = """\
ListenAddress {host}:{port}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/client_key.pub
StrictModes no
AuthenticationMethods publickey
PermitRootLogin prohibit-password
AllowUsers {user}
UsePAM no
DisableForwarding yes
PermitTTY no
Subsystem sftp internal-sftp -d {root}
ForceCommand internal-sftp -d {root}
"""


def own_name() -> str:
    """The account that runs the tests."""
    return pwd.getpwuid(os.getuid()).pw_name


class Server(ABC):
    """One server over one hot folder, from ``with`` to its end.

    Args:
        folder: For its configuration and state; made.
        root: The folder that clients see.
    """

    program: str
    package: str

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.root = root
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self, program: str) -> list[str]:
        """Write the configuration; the command line that serves in the foreground."""

    @classmethod
    def missing(cls) -> str:
        """Why this server cannot be run here; empty when it can."""
        if shutil.which(cls.program, path=SEARCH) is None:
            return f"needs a real {cls.program}: apt install {cls.package}"
        return ""

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        self.folder.mkdir()
        program = shutil.which(self.program, path=SEARCH)
        assert program is not None
        with (self.folder / "out").open("wb") as out:
            self._process = subprocess.Popen(
                self.command(program),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            is_late = self._process.poll() is not None or time.monotonic() > deadline
            assert not is_late, (self.folder / "out").read_text(errors="replace")[-2000:]
            time.sleep(_POLL_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        """End it with every session that it serves."""
        assert self._process is not None
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):  # the whole group has ended
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):  # then the next signal
                self._process.wait(5)

    def _answers(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), timeout=1).close()
        except OSError:
            return False
        return True


class Samba(Server):
    """smbd with one share, ``drop``, for guests."""

    program = "smbd"
    package = "samba"

    @classmethod
    def missing(cls) -> str:
        """As any other, and smbd changes to the client's account, which only root can."""
        return super().missing() or ("" if os.getuid() == 0 else "a private smbd needs root")

    def command(self, program: str) -> list[str]:
        """A whole Samba below one folder."""
        lines = []
        for name, place in _SAMBA_FOLDERS.items():
            (self.folder / place).mkdir(mode=0o755)
            lines.append(f"{name} = {self.folder / place}")
        config = self.folder / "smb.conf"
        config.write_text(
            _SAMBA.format(
                port=self.port,
                folder=self.folder,
                folders="\n".join(lines),
                user=own_name(),
                root=self.root,
            )
        )
        return [program, "--foreground", "--no-process-group", f"--configfile={config}"]


class Vsftpd(Server):
    """vsftpd with an anonymous account that may write."""

    program = "vsftpd"
    package = "vsftpd"

    def command(self, program: str) -> list[str]:
        """The server as whoever runs this."""
        (self.folder / "empty").mkdir()
        config = self.folder / "vsftpd.conf"
        config.write_text(
            _VSFTPD.format(host=HOST, port=self.port, folder=self.folder, root=self.root)
        )
        return [program, str(config)]


class Sftp(Server):
    """OpenSSH's own SFTP server behind a key."""

    program = "sshd"
    package = "openssh-server"

    @property
    def client_key(self) -> Path:
        """The private key that may log in."""
        return self.folder / "client_key"

    @property
    def known_hosts(self) -> Path:
        """The host key as clients pin it."""
        return self.folder / "known_hosts"

    def command(self, program: str) -> list[str]:
        """A server that gives nothing but SFTP."""
        if os.getuid() == 0:  # its own unprivileged half wants this folder
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        ensure_key(self.client_key, "scanner")
        host_key = ensure_key(self.folder / "host_key", "upload server").public
        self.known_hosts.write_text(f"[{HOST}]:{self.port} {host_key.line()}\n")
        config = self.folder / "sshd_config"
        values = {"host": HOST, "port": self.port, "folder": self.folder, "root": self.root}
        config.write_text(_SSHD.format(user=own_name(), **values))
        return [program, "-D", "-e", "-f", str(config)]
