"""What goes with the service is accepted by the programs that will read it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

MAX_EXPOSURE_TENTHS = 22
"""2.2 measured: the page and SSH need sockets (0.9), decoders their namespaces (0.4), asking
whether the clock is synchronised costs 0.6 that setting it would need a privilege for, and asking
whether another account still writes a file costs 0.4."""

FOLDER = Path(__file__).resolve().parents[2] / "systemd"
UNIT = FOLDER / "appliance.service"

needs_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
needs_sshd = pytest.mark.skipif(
    shutil.which("sshd", path="/usr/sbin:/usr/bin") is None, reason="sshd is not installed"
)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze; it needs no running systemd for what is asked here."""
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False
    )


def installed(unit: str, folder: Path) -> Path:
    """The unit as on a machine where the program is there: ExecStart names one that is."""
    path = folder / "appliance.service"
    path.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit), "utf-8")
    return path


@needs_analyze
def test_the_unit_is_understood(tmp_path: Path) -> None:
    """The unit has no fault and no key that systemd does not know."""
    unit = installed(UNIT.read_text("utf-8"), tmp_path)
    result = analyze("verify", "--recursive-errors=no", "--man=no", str(unit))
    assert (result.returncode, result.stderr) == (0, "")


@needs_analyze
def test_an_unknown_key_would_be_noticed(tmp_path: Path) -> None:
    """The check above fails for a key that systemd does not know."""
    unit = installed(UNIT.read_text("utf-8") + "\n[Service]\nNoSuchKey=yes\n", tmp_path)
    result = analyze("verify", "--recursive-errors=no", "--man=no", str(unit))
    assert result.returncode != 0 or "NoSuchKey" in result.stderr


@needs_analyze
def test_the_service_is_hardly_exposed(tmp_path: Path) -> None:
    """The exposure that systemd scores stays below our bound."""
    unit = installed(UNIT.read_text("utf-8"), tmp_path)
    bound = f"--threshold={MAX_EXPOSURE_TENTHS}"
    result = analyze("security", "--offline=true", "--no-pager", bound, str(unit))
    assert result.returncode == 0, result.stdout


@needs_analyze
def test_a_bare_unit_would_be_refused(tmp_path: Path) -> None:
    """The bound on exposure is one that a unit without hardening does not pass."""
    unit = installed("[Service]\nExecStart=x\n", tmp_path)
    bound = f"--threshold={MAX_EXPOSURE_TENTHS}"
    assert analyze("security", "--offline=true", "--no-pager", bound, str(unit)).returncode != 0


def test_the_unit_grants_what_the_service_needs() -> None:
    """Notices, folders, leases, namespaces for decoders, the clock's state, and setpriv's call."""
    lines = UNIT.read_text("utf-8").splitlines()
    needed = {
        "Type=notify",
        "ExecStart=/opt/appliance/current/bin/appliance --config /etc/appliance/appliance.toml run",
        "StateDirectory=appliance",
        "ReadWritePaths=/srv/drop",
        "ReadWritePaths=-/media -/mnt",
        "AmbientCapabilities=CAP_LEASE",
        "CapabilityBoundingSet=CAP_LEASE",
        "OOMPolicy=continue",
        "RestartPreventExitStatus=2 5",
        "RestrictNamespaces=user net",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        "SystemCallFilter=adjtimex clock_adjtime",
        "SystemCallFilter=capset",
    }
    assert needed - set(lines) == set()


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is absent")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes accounts")
def test_the_account_can_be_made(tmp_path: Path) -> None:
    """The account of the unit is made, without a shell."""
    (tmp_path / "etc").mkdir()
    command = ["systemd-sysusers", f"--root={tmp_path}", "-"]
    text = (FOLDER / "appliance.sysusers.conf").read_text("utf-8")
    subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    accounts = (tmp_path / "etc" / "passwd").read_text("utf-8")
    assert re.search(r"^appliance:.*:/usr/sbin/nologin$", accounts, re.MULTILINE)


@needs_sshd
@pytest.mark.sshd
def test_the_storage_host_confines_the_account(tmp_path: Path) -> None:
    """The settings are accepted by sshd and leave the account one command only."""
    key = tmp_path / "host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    settings = tmp_path / "sshd_config"
    example = (FOLDER / "sshd-appliance-store.conf").read_text("utf-8")
    settings.write_text(f"HostKey {key}\n{example}", "utf-8")
    if os.geteuid() == 0:  # sshd started by root looks for it before it reads its settings
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    account = "user=appliance-store,host=box,addr=192.0.2.1"
    command = ["/usr/sbin/sshd", "-T", "-f", str(settings), "-C", account]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    expected = {
        "forcecommand /opt/appliance/current/bin/appliance receive --store /srv/appliance-store",
        "disableforwarding yes",
        "permittty no",
        "permituserrc no",
        "authenticationmethods publickey",
    }
    assert expected - set(shown) == set()
