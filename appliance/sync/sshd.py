"""A private sshd on loopback, for the demo and the tests; never for a real storage host.

It is the machine's own OpenSSH server with a configuration of its own, run by whoever runs this,
root or not, on an unprivileged port. Every key that may log in is tied to one command.

sshd starts a forced command by the account's login shell, and bash reads ``~/.bashrc`` when sshd
starts it. What stands there is nobody's business here: seen, a version manager's start script was
killed with a session, its stale lock then held up every later session for a minute, and the line
counted as cut. So the sessions get a home folder of their own, with nothing in it.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import make_folder, replace_file
from appliance.domain.errors import ConfigError
from appliance.signing.keys import PublicKey, ensure_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.02
_PRIVILEGE_FOLDER: Final = Path("/run/sshd")

_CONFIG: Final = """\
# written by appliance.sync.sshd: loopback only, forced commands only
ListenAddress {host}:{port}
HostKey "{folder}/host_key"
PidFile none
AuthorizedKeysFile "{pattern}/authorized_keys"
StrictModes no
AuthenticationMethods publickey
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin forced-commands-only
AllowUsers {user}
UsePAM no
DisableForwarding yes
PermitTTY no
PermitUserRC no
PermitUserEnvironment no
SetEnv "HOME={folder}/home"
X11Forwarding no
PrintMotd no
PrintLastLog no
MaxStartups 100
MaxSessions 10
LogLevel VERBOSE
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True, slots=True)
class ForcedCommand:
    """What one key may do.

    Args:
        public_key: The key.
        command: The only program it runs, absolute, with its arguments.
    """

    public_key: PublicKey
    command: tuple[str, ...]

    def line(self) -> str:
        """The key's line in ``authorized_keys``."""
        command = shlex.join(self.command).replace('"', '\\"')
        return f'restrict,command="{command}" {self.public_key.line()}'


class LoopbackSshd:
    """A server below one folder; using the folder again keeps its host key and its port.

    Args:
        folder: For the host key, configuration, port and log; made when missing.
        commands: Every key that may log in.
        port: 0 = the port used here before, or a free one.
        host: The address to listen on; another than loopback only on a network made for a test.
    """

    def __init__(
        self, folder: Path, commands: Sequence[ForcedCommand], port: int = 0, host: str = HOST
    ) -> None:
        self.host = host
        self._folder = folder.absolute()
        self._commands = tuple(commands)
        self._wanted_port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.user = pwd.getpwuid(os.getuid()).pw_name

    @property
    def known_hosts_path(self) -> Path:
        """The host key as a client must pin it; written by ``start``."""
        return self._folder / "known_hosts"

    @property
    def host_key(self) -> PublicKey:
        """The server's public host key; made on first use."""
        return ensure_key(self._folder / "host_key", "loopback sshd").public

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start serving; a server that an earlier run left behind here is stopped first.

        Raises:
            ConfigError: ``SSHD``: no sshd is installed, or it does not start; the message says
                why.
        """
        program = _program()
        make_folder(self._folder)
        self._stop_leftover()
        self.port = self._choose_port()
        self._write_files(program)
        log = self._folder / "sshd.log"
        self._process = subprocess.Popen(
            [program, "-D", "-f", str(self._config_path), "-E", str(log)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        replace_file(self._folder / "sshd.pid", f"{self._process.pid}\n".encode())
        self._wait_until_it_listens(log)

    def stop(self) -> None:
        """Stop serving and end every session; does nothing when not started."""
        if self._process is not None:
            _end(self._process)
            _wait_until_free(self.host, self.port)
            self._process = None
            (self._folder / "sshd.pid").unlink(missing_ok=True)

    def cut_connections(self) -> None:
        """End every session at once, as a line that breaks; the server goes on."""
        if self._process is not None:
            _end_connections(self._process)

    @property
    def _config_path(self) -> Path:
        return self._folder / "sshd_config"

    def _write_files(self, program: str) -> None:
        text = _CONFIG.format(
            host=self.host,
            port=self.port,
            folder=self._folder,
            pattern=str(self._folder).replace("%", "%%"),
            user=self.user,
        )
        known = f"[{self.host}]:{self.port} {self.host_key.line()}\n"
        keys = "".join(f"{command.line()}\n" for command in self._commands)
        replace_file(self._folder / "authorized_keys", keys.encode())
        replace_file(self.known_hosts_path, known.encode())
        replace_file(self._folder / "port", f"{self.port}\n".encode())
        replace_file(self._config_path, text.encode())
        if os.getuid() == 0:
            _PRIVILEGE_FOLDER.mkdir(mode=0o755, exist_ok=True)
        if _accepts(program, self._config_path, "PerSourcePenalties=no"):
            # OpenSSH 9.8 and newer would lock loopback out after a few refused logins
            replace_file(self._config_path, f"{text}PerSourcePenalties no\n".encode())

    def _choose_port(self) -> int:
        remembered = self._folder / "port"
        wanted = self._wanted_port
        if not wanted and remembered.exists():
            wanted = int(remembered.read_text())
        if wanted and (self._wanted_port or _is_free(self.host, wanted)):
            return wanted
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            return int(probe.getsockname()[1])

    def _stop_leftover(self) -> None:
        """Stop the server of an earlier run, known by its number and its configuration."""
        record = self._folder / "sshd.pid"
        if not record.exists():
            return
        number = int(record.read_text())
        if str(self._config_path) in _command_line(number):
            os.kill(number, signal.SIGTERM)
            _wait_until(lambda: not _command_line(number), _STOP_SECONDS)
            remembered = self._folder / "port"
            if remembered.exists():
                _wait_until_free(self.host, int(remembered.read_text()))
        record.unlink()

    def _wait_until_it_listens(self, log: Path) -> None:
        process = self._process
        _wait_until(
            lambda: _answers(self.host, self.port) or process is None or process.poll() is not None,
            _START_SECONDS,
        )
        if process is None or process.poll() is not None or not _answers(self.host, self.port):
            self.stop()
            told = log.read_text(errors="replace")[-500:] if log.exists() else "no log"
            raise ConfigError(f"sshd does not start on port {self.port}: {told}", code="SSHD")


def _program() -> str:
    """The server by its absolute path; ``sbin`` is not on everybody's PATH."""
    search = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    program = shutil.which("sshd", path=search)
    if program is None:
        raise ConfigError("sshd is missing: apt install openssh-server", code="SSHD")
    return program


def _accepts(program: str, config: Path, option: str) -> bool:
    """Whether this version of sshd knows an option."""
    tried = subprocess.run(
        [program, "-t", "-f", str(config), "-o", option], capture_output=True, check=False
    )
    return tried.returncode == 0


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _wait_until_free(host: str, port: int) -> None:
    """Wait for a server's port: a connection taken in its last moment holds it a little longer."""
    _wait_until(lambda: _is_free(host, port), _STOP_SECONDS)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _command_line(process_id: int) -> str:
    """The arguments of a process; empty when it has ended."""
    try:
        data = Path(f"/proc/{process_id}/cmdline").read_bytes()
    except OSError:
        return ""
    return data.replace(b"\0", b" ").decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server and the connections it serves, which would outlive it."""
    process.terminate()
    _end_connections(process)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_connections(process: subprocess.Popen[bytes]) -> None:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    connections = children.read_text().split() if children.exists() else []
    for connection in connections:
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(int(connection), signal.SIGTERM)


def _wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
