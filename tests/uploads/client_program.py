"""A client that uploads step by step, in a process of its own that can be killed at any step.

Usage: client_program.py smb|ftp|sftp PORT [KEY KNOWN_HOSTS USER]

Reads one JSON list per line, a step and its arguments, and answers each with a line ``ok``.
Paths lie below the folder that the server shows. Bytes come as paths and ranges of local files.
"""

from __future__ import annotations

import ctypes
import ftplib
import json
import os
import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import quote

import paramiko

if TYPE_CHECKING:
    import socket

HOST: Final = "127.0.0.1"


class Client(ABC):
    """What a scanner does to a server: one file at a time."""

    @abstractmethod
    def begin(self, path: str, offset: int) -> None:
        """Open a file for writing; from 0 it is emptied, else writing goes on there."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Write the next bytes; they are on the server's disk when this returns, or soon."""

    @abstractmethod
    def size(self, size_bytes: int) -> None:
        """Set the size of the open file."""

    @abstractmethod
    def end(self) -> None:
        """Close the file."""

    @abstractmethod
    def rename(self, old: str, new: str) -> None:
        """Give a file another name."""

    @abstractmethod
    def folder(self, path: str) -> None:
        """Make a folder, unless it is there."""


class Smb(Client):
    """libsmbclient, as file managers use it."""

    def __init__(self, port: str) -> None:
        self._base = f"smb://{HOST}:{port}/drop/"
        self._lib = ctypes.CDLL("libsmbclient.so.0", use_errno=True)
        self._lib.smbc_lseek.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int)
        self._lib.smbc_lseek.restype = ctypes.c_int64
        self._lib.smbc_ftruncate.argtypes = (ctypes.c_int, ctypes.c_int64)
        self._lib.smbc_write.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t)
        self._lib.smbc_write.restype = ctypes.c_ssize_t
        self._ask = ctypes.CFUNCTYPE(None)(lambda: None)  # a guest needs no name
        self._checked(self._lib.smbc_init(self._ask, 0))
        self._open = -1

    def begin(self, path: str, offset: int) -> None:
        """Open with or without emptying."""
        flags = os.O_WRONLY | os.O_CREAT | (0 if offset else os.O_TRUNC)
        self._open = self._checked(self._lib.smbc_open(self._url(path), flags, 0o644))
        if offset:
            self._checked(self._lib.smbc_lseek(self._open, offset, os.SEEK_SET))

    def send(self, data: bytes) -> None:
        """Write."""
        while data:
            data = data[self._checked(self._lib.smbc_write(self._open, data, len(data))) :]

    def size(self, size_bytes: int) -> None:
        """Set the end of the file, as Explorer does before it copies."""
        self._checked(self._lib.smbc_ftruncate(self._open, size_bytes))

    def end(self) -> None:
        """Close."""
        self._checked(self._lib.smbc_close(self._open))

    def rename(self, old: str, new: str) -> None:
        """Rename on the server."""
        self._checked(self._lib.smbc_rename(self._url(old), self._url(new)))

    def folder(self, path: str) -> None:
        """Make a folder."""
        with suppress(FileExistsError):
            self._checked(self._lib.smbc_mkdir(self._url(path), 0o755))

    def _url(self, path: str) -> bytes:
        return (self._base + quote(path)).encode()

    @staticmethod
    def _checked(result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result


class Ftp(Client):
    """FTP in stream mode: the end of the connection is the end of the file."""

    def __init__(self, port: str) -> None:
        self._ftp = ftplib.FTP()  # noqa: S321 - what scanners speak, on loopback
        self._ftp.encoding = "utf-8"
        self._ftp.connect(HOST, int(port), timeout=30)
        self._ftp.login()
        self._data: socket.socket | None = None

    def begin(self, path: str, offset: int) -> None:
        """Open the data connection."""
        self._ftp.voidcmd("TYPE I")
        self._data = self._ftp.transfercmd(f"STOR {path}", rest=offset or None)

    def send(self, data: bytes) -> None:
        """Write to the data connection."""
        assert self._data is not None
        self._data.sendall(data)

    def size(self, size_bytes: int) -> None:
        """FTP has no such step."""
        raise NotImplementedError(size_bytes)

    def end(self) -> None:
        """Close the data connection and hear the server's answer."""
        assert self._data is not None
        self._data.close()
        self._ftp.voidresp()

    def rename(self, old: str, new: str) -> None:
        """RNFR and RNTO."""
        self._ftp.rename(old, new)

    def folder(self, path: str) -> None:
        """MKD."""
        with suppress(ftplib.error_perm):  # it is there
            self._ftp.mkd(path)


class Sftp(Client):
    """SFTP as file transfer programs speak it."""

    def __init__(self, port: str, key: str, known_hosts: str, user: str) -> None:
        self._ssh = paramiko.SSHClient()
        self._ssh.load_host_keys(known_hosts)
        self._ssh.connect(HOST, int(port), user, key_filename=key, allow_agent=False)
        self._sftp = self._ssh.open_sftp()
        self._open: paramiko.SFTPFile | None = None

    def begin(self, path: str, offset: int) -> None:
        """Open with or without emptying."""
        self._open = self._sftp.open(path, "r+" if offset else "w", bufsize=0)
        self._open.seek(offset)

    def send(self, data: bytes) -> None:
        """Write and hear each answer."""
        self._file().write(data)

    def size(self, size_bytes: int) -> None:
        """Set the size by attributes."""
        self._file().truncate(size_bytes)

    def end(self) -> None:
        """Close."""
        self._file().close()

    def rename(self, old: str, new: str) -> None:
        """The old way, which OpenSSH does by a second name and the removal of the first."""
        self._sftp.rename(old, new)

    def folder(self, path: str) -> None:
        """Make a folder."""
        with suppress(OSError):  # SFTP 3 says only "failure" when it is there
            self._sftp.mkdir(path)

    def _file(self) -> paramiko.SFTPFile:
        assert self._open is not None
        return self._open


def serve(client: Client, steps: BinaryIO, answers: BinaryIO) -> None:
    """Do step after step."""
    for line in steps:
        step, *arguments = json.loads(line)
        _do(client, step, arguments)
        answers.write(b"ok\n")
        answers.flush()


def _do(client: Client, step: str, arguments: list[Any]) -> None:
    if step == "send":
        source, start, end = arguments
        client.send(Path(source).read_bytes()[start:end])
    else:
        getattr(client, step)(*arguments)


if __name__ == "__main__":
    kinds: dict[str, type[Client]] = {"smb": Smb, "ftp": Ftp, "sftp": Sftp}
    serve(kinds[sys.argv[1]](*sys.argv[2:]), sys.stdin.buffer, sys.stdout.buffer)
