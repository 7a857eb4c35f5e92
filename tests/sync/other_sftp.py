"""An SFTP server that is not OpenSSH's: no extensions, short reads, and a rename that replaces."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING, Self

import paramiko
from paramiko.common import AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_FAILURE, SFTP_OK

from appliance.signing.keys import generate_key
from appliance.sync.connecting import SshAddress
from appliance.sync.sshd import HOST

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import ReadableBuffer as Buffer

READ_BYTES = 10_000
"""What it gives at most, whatever is asked for."""


class OtherSftp:
    """A server on loopback, in threads of the test.

    Args:
        folder: For its keys.
        fails_writing_at: An offset from which every write fails without a reason; 0 = none.
    """

    def __init__(self, folder: Path, fails_writing_at: int = 0) -> None:
        folder.mkdir()
        _Handle.fails_writing_at = fails_writing_at
        self._login_path = folder / "login_key"
        generate_key(self._login_path, "login of a test")
        host_path = folder / "host_key"
        public = generate_key(host_path, "other server").public
        self._host_key = paramiko.Ed25519Key.from_private_key_file(str(host_path))
        self._listener = socket.create_server((HOST, 0))
        self._port = int(self._listener.getsockname()[1])
        self._known_hosts_path = folder / "known_hosts"
        self._known_hosts_path.write_text(f"[{HOST}]:{self._port} {public.line()}\n")
        self._transports: list[paramiko.Transport] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for transport in self._transports:
            transport.close()
        self._thread.join(60)

    @property
    def address(self) -> SshAddress:
        """Where it is."""
        return SshAddress(HOST, self._port, "anybody", self._login_path, self._known_hosts_path)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self._host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files)
            self._transports.append(transport)
            transport.start_server(server=_Anybody())


class _Anybody(paramiko.ServerInterface):
    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return OPEN_SUCCEEDED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        del username, key
        return AUTH_SUCCESSFUL

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "publickey"


class _Handle(paramiko.SFTPHandle):
    fails_writing_at = 0

    def read(self, offset: int, length: int) -> bytes | int:
        return super().read(offset, min(length, READ_BYTES))

    def write(self, offset: int, data: Buffer) -> int:
        if self.fails_writing_at and offset + memoryview(data).nbytes > self.fails_writing_at:
            return SFTP_FAILURE
        return super().write(offset, data)


class _Files(paramiko.SFTPServerInterface):
    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            return [
                paramiko.SFTPAttributes.from_stat(one.stat(follow_symlinks=False), one.name)
                for one in os.scandir(path)
            ]
        except OSError as problem:
            return _status(problem)

    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(os.lstat(path))
        except OSError as problem:
            return _status(problem)

    stat = lstat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> _Handle | int:
        del attr
        try:
            descriptor = os.open(path, flags & ~os.O_APPEND, 0o644)
        except OSError as problem:
            return _status(problem)
        handle = _Handle(flags)
        mode = "rb" if flags & os.O_ACCMODE == os.O_RDONLY else "r+b"
        stream = os.fdopen(descriptor, mode if flags & os.O_ACCMODE != os.O_WRONLY else "wb")
        handle.readfile = handle.writefile = stream  # type: ignore[attr-defined]  # as paramiko wants it
        return handle

    def rename(self, oldpath: str, newpath: str) -> int:
        os.replace(oldpath, newpath)  # noqa: PTH105 - what this server does wrong
        return SFTP_OK

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        del attr
        os.mkdir(path)  # noqa: PTH102 - a path of the wire
        return SFTP_OK

    def remove(self, path: str) -> int:
        try:
            os.remove(path)  # noqa: PTH107 - a path of the wire
        except OSError as problem:
            return _status(problem)
        return SFTP_OK


def _status(problem: OSError) -> int:
    return paramiko.SFTPServer.convert_errno(problem.errno or 0)
