"""``appliance allow-sender``: a storage host lets a box deposit, by its public key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.output import say, say_json
from appliance.domain.clock import to_text
from appliance.domain.errors import ConfigError
from appliance.signing.keys import PublicKey
from appliance.sync.farstore import FarStore, allow_sender

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from appliance.signing.allowed import AllowedSigner


def allow_box(arguments: argparse.Namespace) -> int:
    """Put a box's key on a store's list, and say whose keys stand there now.

    Raises:
        ConfigError: ``SENDER``: the key is none, or the box cannot be called so.
        RemoteError: There is no store.
    """
    store = FarStore.open(arguments.store, is_read_only=True)
    key = _read_key(arguments.key)
    try:
        allow_sender(store.root, arguments.box, key)
    except ValueError as problem:
        raise ConfigError(f"--box: {problem}", code="SENDER") from problem
    keys = [one for one in store.senders() if one.name == arguments.box]
    if arguments.json:
        say_json({"store_id": store.store_id, "keys": [_key_json(one) for one in keys]})
        return 0
    say(f"{store.store_id}: {arguments.box} gửi được bằng khóa mới / may deposit with its new key")
    for one in keys:
        until = "đang dùng / in use" if one.ended_at is None else f"đến / until {_ended(one)}"
        say(f"  {one.public_key.line()}  ({until})")
    return 0


def _read_key(path: Path) -> PublicKey:
    try:
        return PublicKey.from_line(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as problem:
        raise ConfigError(f"{path} holds no public key: {problem}", code="SENDER") from problem


def _key_json(one: AllowedSigner) -> dict[str, str | None]:
    return {"key": one.public_key.line(), "ended_at": _ended(one)}


def _ended(one: AllowedSigner) -> str | None:
    return None if one.ended_at is None else to_text(one.ended_at)
