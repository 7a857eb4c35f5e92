"""A real systemd, booted as the first process of a container, for the unit to run under.

The container is a root folder of its own with this machine's ``/usr`` in it, read-only: an empty
machine with the same programs. Nothing of the host's ``/etc``, accounts or services is in there,
and it has no network but its own loopback.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT: Final = Path(__file__).resolve().parents[2]
SYSTEMD: Final = Path("/usr/lib/systemd/systemd")
BOOT_SECONDS: Final = 90.0
"""Our own: a boot takes two seconds here; a busy machine gets more."""

_MERGED: Final = ("bin", "sbin", "lib", "lib64")
_OWN_FOLDERS: Final = ("etc", "usr", "var/lib", "var/log/journal", "run", "root", "media")
_SETTINGS_OF_PROGRAMS: Final = (
    *("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "nsswitch.conf", "pam.conf"),
    *("pam.d", "security", "login.defs", "ssl", "fonts", "ssh/sshd_config", "ssh/moduli"),
)
"""What linker, logins, sshd and fonts of the host read below /etc; accounts are made anew."""
_PYTHON: Final = Path("/opt/appliance/python")
_PACKAGES: Final = Path("/opt/appliance/packages")
_SOURCE: Final = Path("/opt/appliance/source")
_RELEASE: Final = Path("/opt/appliance/releases/test")
_SYSTEM_PREFIX: Final = Path("/usr")
_NAMESPACES: Final = ("-m", "-u", "-i", "-n", "-p", "-C")
_ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "SYSTEMD_PAGER": "",
}
_LAST_CHARACTERS: Final = 800
_LOCK: Final = Path(tempfile.gettempdir(), "appliance-container.lock")
_HOSTS_SYSTEMD: Final = Path("/run/systemd/system")
"""There when the host itself was booted by systemd: sd_booted(3)."""


class NotBootable(Exception):  # noqa: N818 - names what is so
    """This machine cannot boot a container; says why."""


def missing() -> str | None:
    """What the boot lacks on this machine, in a few words; None when it may be tried."""
    if os.geteuid() != 0:
        return "only root boots a container"
    if shutil.which("systemd-nspawn") is None:
        return "needs systemd-nspawn: apt install systemd-container"
    if not SYSTEMD.exists():
        return "needs systemd: apt install systemd"
    if any((Path("/") / name).exists() and not (Path("/") / name).is_symlink() for name in _MERGED):
        return "needs /bin, /sbin and /lib to lie in /usr"
    return None


class Container:
    """A machine of its own, booted and shut down by a ``with`` block.

    Args:
        root: A folder on a disk, to be made.

    Attributes:
        handed: What host and container hand each other; ``/handed`` in there, for everybody.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.handed = root / "handed"
        self._console = root.parent / "console.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._init = 0
        self._lock = _LOCK.open("wb")

    def __enter__(self) -> Self:
        fcntl.flock(self._lock, fcntl.LOCK_EX)  # without systemd both would have one control group
        self._make_root()
        self._make_release()
        try:
            self._boot()
        except BaseException:
            self.shut_down()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.shut_down()

    def run(self, *command: str, entered: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command as root in there; its status is for the caller to judge."""
        return subprocess.run(
            [*self._inside(), *command],
            input=entered,
            capture_output=True,
            text=True,
            check=False,
            env=_ENVIRONMENT,
        )

    def started(self, *command: str) -> subprocess.Popen[bytes]:
        """A command that runs in there as root until its input ends."""
        whole = [*self._inside(), *command]
        return subprocess.Popen(whole, stdin=subprocess.PIPE, env=_ENVIRONMENT)

    def shell(self, script: str) -> str:
        """What a shell script prints; fails at its first command that does."""
        ended = self.run("sh", "-eu", entered=script)
        assert ended.returncode == 0, f"{script}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def appliance(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line, as the account of the service."""
        return self.run("runuser", "-u", "appliance", "--", "appliance", *arguments)

    def unit(self, name: str) -> str:
        """A property of the unit, as ``systemctl show`` tells it."""
        shown = self.run("systemctl", "show", "appliance", f"--property={name}", "--value")
        return shown.stdout.strip()

    def journal(self) -> str:
        """What service and systemd said of the unit."""
        return self.shell("journalctl --unit appliance --output cat --no-pager")

    def shut_down(self) -> None:
        """End every process in there, at once: the root folder is thrown away."""
        self._end()
        self._lock.close()

    def _end(self) -> None:
        if self._process is None:
            return
        if self._init:
            os.kill(self._init, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()
        self._process = None

    def _inside(self) -> list[str]:
        return ["nsenter", "-t", str(self._init), *_NAMESPACES, "--"]

    def _make_root(self) -> None:
        for name in _OWN_FOLDERS:
            (self.root / name).mkdir(parents=True)
        self.handed.mkdir()
        self.handed.chmod(0o1777)
        for name in _MERGED:
            (self.root / name).symlink_to(f"usr/{name}")
        for name in _SETTINGS_OF_PROGRAMS:
            _copy(Path("/etc") / name, self.root / "etc" / name)
        etc = self.root / "etc"
        (etc / "ssh/sshd_config.d").mkdir(parents=True)
        (etc / "os-release").write_bytes(Path("/usr/lib/os-release").read_bytes())
        (etc / "machine-id").write_text(f"{uuid4().hex}\n")  # no first boot: nothing is enabled
        (etc / "hosts").write_text("127.0.0.1 localhost\n")
        (etc / "sysusers.d").mkdir()
        (etc / "sysusers.d/sshd.conf").write_text("u sshd - - /run/sshd\n")

    def _make_release(self) -> None:
        """A virtual environment as an installation has it, over the one that runs the tests."""
        release = self.root / _RELEASE.relative_to("/")
        site = release / f"lib/python{sysconfig.get_python_version()}/site-packages"
        site.mkdir(parents=True)
        (site / "release.pth").write_text(f"{_PACKAGES}\n{_SOURCE}\n")
        (release / "bin").mkdir()
        python = f"python{sysconfig.get_python_version()}"
        home = (_SYSTEM_PREFIX if _is_systems_python() else _PYTHON) / "bin"
        (release / "bin/python").symlink_to(home / python)
        (release / "pyvenv.cfg").write_text(f"home = {home}\n")
        program = release / "bin/appliance"
        program.write_text(
            f"#!{_RELEASE}/bin/python\nimport sys\n"
            "from appliance.cli.main import main\nsys.exit(main())\n"
        )
        program.chmod(0o755)
        (self.root / "opt/appliance/current").symlink_to(_RELEASE)
        (self.root / "etc/ld.so.conf.d/python.conf").write_text(f"{_PYTHON}/lib\n")

    def _binds(self) -> Iterator[str]:
        own = self.root.parent / "local"  # the host's programs of its own stay outside
        (own / "bin").mkdir(parents=True)
        (own / "bin/appliance").symlink_to("/opt/appliance/current/bin/appliance")
        yield "--bind-ro=/usr"
        yield f"--bind-ro={own}:/usr/local"
        yield f"--bind-ro={sysconfig.get_path('purelib')}:{_PACKAGES}"
        yield f"--bind-ro={CHECKOUT / 'appliance'}:{_SOURCE}/appliance"
        yield f"--bind-ro={CHECKOUT / 'systemd'}:/checkout/systemd"
        if not _is_systems_python():
            yield f"--bind-ro={sys.base_prefix}:{_PYTHON}"

    def _boot(self) -> None:
        container = f"--machine=appliance-{uuid4().hex[:8]}"
        alone = ["--private-network", "--register=no", "--console=pipe", "--quiet"]
        if not _HOSTS_SYSTEMD.exists():  # who else would make a scope for it?
            alone.append("--keep-unit")
        command = ["systemd-nspawn", f"--directory={self.root}", container, *alone, *self._binds()]
        with self._console.open("wb") as console:
            self._process = subprocess.Popen(
                [*command, "--boot", "systemd.unit=multi-user.target"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )
        self._await_boot(self._process)
        self.shell("ldconfig")

    def _await_boot(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            self._init = self._init or _systemd_below(process.pid)
            if self._init:
                state = self.run("systemctl", "is-system-running").stdout.strip()
                if state in {"running", "degraded"}:
                    return
            time.sleep(0.2)
        said = self._console.read_text("utf-8", "replace")[-_LAST_CHARACTERS:]
        raise NotBootable(f"systemd does not boot in a container of this machine: {said}")


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _is_systems_python() -> bool:
    return Path(sys.base_prefix) == _SYSTEM_PREFIX


def _systemd_below(process_id: int) -> int:
    """The first process of the container, once it is systemd; 0 before."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children")
    try:
        for child in map(int, children.read_text("ascii").split()):
            if Path(f"/proc/{child}/exe").resolve() == SYSTEMD.resolve():
                return child
    except OSError:  # one of them ended meanwhile
        return 0
    return 0
