"""Settings from TOML: every default, and every wrong key or value named."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.config import DestinationSettings, Settings, load_settings
from appliance.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST = '[box]\nid = "box-01"\n'
DESTINATION = """
[[destination]]
name = "{name}"
label = "Kho lưu trữ tỉnh"
host = "10.0.0.2"
user = "appliance"
known_hosts = "/etc/appliance/known_hosts"
store_id = "province-1"
store_key = "ssh-ed25519 AAAA province"
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Settings]:
    """Read settings from a text."""

    def read(text: str) -> Settings:
        path = tmp_path / "appliance.toml"
        path.write_text(text, encoding="utf-8")
        return load_settings(path)

    return read


@pytest.fixture
def refused(load: Callable[[str], Settings]) -> Callable[[str], str]:
    """The message with which a text is refused, after its code and exit status were checked."""

    def read(text: str) -> str:
        with pytest.raises(ConfigError) as problem:
            load(text)
        assert (problem.value.code, problem.value.exit_status) == ("CONFIG", 2)
        return str(problem.value)

    return read


def test_every_default(load: Callable[[str], Settings]) -> None:
    """A box that names only itself has these settings, and no place for copies."""
    found = dataclasses.asdict(load(LEAST))
    assert found == {
        "box": {"id": "box-01", "label": "Máy lưu trữ dự phòng"},
        "paths": {
            "state": Path("/var/lib/appliance"),
            "drop": Path("/srv/drop"),
            "key": Path("/var/lib/appliance/keys/box"),
        },
        "intake": {
            "settle_seconds": 5.0,
            "patience_seconds": 900.0,
            "scan_seconds": 60.0,
            "max_file_mib": 16384,
        },
        "workers": {"count": 0, "memory_mib": 2048, "task_seconds": 300, "reserve_mib": 1024},
        "text": {"enabled": True, "languages": ("vie",), "page_seconds": 60},
        "pdf": {
            "profile": "2b",
            "signature_field": True,
            "volume_mib": 1024,
            "volume_pages": 500,
            "jpeg_quality": 85,
            "max_dpi": 2400,
            "lossless": False,
        },
        "package": {"pdf_per": "file_unit"},
        "signing": {"trust_roots": ()},
        "web": {"host": "127.0.0.1", "port": 8080},
        "sync": {
            "every_minutes": 15,
            "probe_seconds": 30,
            "office_hours": "07:30-17:00",
            "office_days": ("mon", "tue", "wed", "thu", "fri"),
            "office_kib_per_second": 0,
            "night_kib_per_second": 0,
            "time_zone": "Asia/Ho_Chi_Minh",
        },
        "audit": {
            "start": "22:00",
            "budget_minutes": 240,
            "every_days": 90,
            "scrub_days": 30,
            "fetch_mib": 4096,
        },
        "courier": {"late_days": 14, "mounts": ()},
        "recovery": {"public_key": None, "backup_hours": 24.0},
        "scanner": (),
        "target": (),
        "fonds": (),
        "destination": (),
    }


def test_paths_below_the_state_follow_it(load: Callable[[str], Settings]) -> None:
    """Catalogue, store and work lie below ``state``; claims lie in the hot folder."""
    paths = load(f'{LEAST}[paths]\nstate = "/data"\ndrop = "/drop"\n').paths
    assert (paths.catalogue, paths.store) == (Path("/data/catalogue.db"), Path("/data/store"))
    assert (paths.work, paths.claimed) == (Path("/data/work"), Path("/drop/.claimed"))


def test_destinations_are_read_in_their_order(load: Callable[[str], Settings]) -> None:
    """Each table is one place; what it leaves out has its default."""
    text = LEAST + DESTINATION.format(name="province") + DESTINATION.format(name="ministry")
    found = load(f"{text}port = 2222\n").destination
    assert [(place.name, place.port) for place in found] == [("province", 22), ("ministry", 2222)]
    assert found[0] == DestinationSettings(
        name="province",
        label="Kho lưu trữ tỉnh",
        host="10.0.0.2",
        user="appliance",
        known_hosts=Path("/etc/appliance/known_hosts"),
        store_id="province-1",
        store_key="ssh-ed25519 AAAA province",
    )


def test_settings_are_frozen(load: Callable[[str], Settings]) -> None:
    """What was read once stays as it is."""
    settings = load(LEAST)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.web.port = 1  # type: ignore[misc]  # the point of the test


def test_a_whole_number_is_a_number_of_seconds(load: Callable[[str], Settings]) -> None:
    """``2`` may be written for ``2.0``."""
    assert repr(load(f"{LEAST}[intake]\nsettle_seconds = 2\n").intake.settle_seconds) == "2.0"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x = 1\n" + LEAST, "unknown setting x;"),
        (LEAST + "lable = 'a'\n", "unknown setting box.lable;"),
        (LEAST + "[syncing]\n", "unknown setting syncing;"),
        (LEAST + "[paths]\nstore = '/x'\n", "unknown setting paths.store;"),
        (
            LEAST + DESTINATION.format(name="a") + "prot = 1\n",
            "unknown setting destination[0].prot;",
        ),
    ],
)
def test_an_unknown_key_is_named(refused: Callable[[str], str], text: str, name: str) -> None:
    """A typing error never passes for a default; the known keys are told."""
    assert f"{name} known here: " in refused(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the setting box is missing"),
        ("[box]\n", "the setting box.id is missing"),
        (LEAST + "[[destination]]\nname = 'a'\n", "the setting destination[0].label is missing"),
    ],
)
def test_a_missing_key_is_named(refused: Callable[[str], str], text: str, message: str) -> None:
    """What has no default must be there."""
    assert refused(text) == message


@pytest.mark.parametrize("key", ["name", "label", "store_id"])
def test_every_fact_of_a_destination_is_needed(refused: Callable[[str], str], key: str) -> None:
    """A place without its name and id is no place; what its kind needs is asked elsewhere."""
    lines = DESTINATION.format(name="province").splitlines()
    text = LEAST + "\n".join(line for line in lines if not line.startswith(f"{key} "))
    assert refused(text) == f"the setting destination[0].{key} is missing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("box = 1\n", "box must be a table"),
        ("[box]\nid = 7\n", "box.id must be of type str, not 7"),
        (LEAST + "[web]\nport = '80'\n", "web.port must be of type int, not '80'"),
        (LEAST + "[web]\nport = 80.0\n", "web.port must be of type int, not 80.0"),
        (LEAST + "[web]\nport = true\n", "web.port must be of type int, not True"),
        (LEAST + "[text]\nenabled = 1\n", "text.enabled must be of type bool, not 1"),
        (LEAST + "[text]\nlanguages = 'vie'\n", "text.languages must be a list"),
        (LEAST + "[text]\nlanguages = [1]\n", "text.languages[0] must be of type str, not 1"),
        (LEAST + "[paths]\nstate = 1\n", "paths.state must be of type Path, not 1"),
        (LEAST + "[intake]\nscan_seconds = 'x'\n", "intake.scan_seconds must be of type float"),
        (LEAST + "[intake]\nscan_seconds = true\n", "intake.scan_seconds must be of type float"),
        ("destination = 1\n" + LEAST, "destination must be a list"),
        ("destination = [1]\n" + LEAST, "destination[0] must be a table"),
    ],
)
def test_a_wrong_type_is_named(refused: Callable[[str], str], text: str, message: str) -> None:
    """The key, the type and the value are told; nothing is converted by guessing."""
    assert refused(text).startswith(message)


@pytest.mark.parametrize(
    ("section", "key", "low", "high"),
    [
        ("intake", "settle_seconds", 0, 3600),
        ("intake", "patience_seconds", 0, 86_400),
        ("intake", "scan_seconds", 0.1, 3600),
        ("workers", "count", 0, 256),
        ("workers", "memory_mib", 256, 1_048_576),
        ("workers", "task_seconds", 1, 86_400),
        ("workers", "reserve_mib", 0, 1_048_576),
        ("text", "page_seconds", 1, 3600),
        ("pdf", "jpeg_quality", 1, 100),
        ("web", "port", 0, 65_535),
        ("sync", "every_minutes", 1, 720),
        ("sync", "probe_seconds", 1, 86_400),
    ],
)
class TestRanges:
    """Numbers have their limits."""

    def test_the_limits_are_taken(
        self, load: Callable[[str], Settings], section: str, key: str, low: float, high: float
    ) -> None:
        """Both ends belong to the range."""
        for value in (low, high):
            settings = load(f"{LEAST}[{section}]\n{key} = {value}\n")
            assert getattr(getattr(settings, section), key) == value

    def test_what_lies_outside_is_refused(
        self, refused: Callable[[str], str], section: str, key: str, low: float, high: float
    ) -> None:
        """The key and its range are told, on either side."""
        for value in (low - 1, high + 1):
            message = refused(f"{LEAST}[{section}]\n{key} = {value}\n")
            assert message.startswith(f"{section}.{key} must lie between {low} and {high}")


def test_every_number_has_a_range(load: Callable[[str], Settings]) -> None:
    """A new number among the settings must not come without its limits."""
    absurd = 10**12
    settings = load(LEAST)
    for section in dataclasses.fields(settings):
        values = getattr(settings, section.name)
        if isinstance(values, tuple):
            continue
        for part in dataclasses.fields(values):
            if type(getattr(values, part.name)) not in {int, float}:
                continue
            with pytest.raises(ConfigError, match=f"{section.name}.{part.name} must lie"):
                load(f"{LEAST}[{section.name}]\n{part.name} = {absurd}\n")


@pytest.mark.parametrize("value", ["", "page", "FILE_UNIT"])
def test_what_one_pdf_holds_is_one_of_two(refused: Callable[[str], str], value: str) -> None:
    """An unknown choice is named with those there are."""
    text = f'{LEAST}[package]\npdf_per = "{value}"\n'
    assert refused(text) == f"package.pdf_per {value!r}: one of file_unit, document"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_no_number_at_all_is_refused(refused: Callable[[str], str], value: str) -> None:
    """TOML can write them; no wait lasts so long."""
    assert "must lie between" in refused(f"{LEAST}[intake]\nscan_seconds = {value}\n")


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_destinations_port_has_the_same_range(refused: Callable[[str], str], port: int) -> None:
    """A place in the list is checked as a section is."""
    text = f"{LEAST}{DESTINATION.format(name='province')}port = {port}\n"
    assert refused(text).startswith("destination[0].port must lie between 0 and 65535")


@pytest.mark.parametrize("name", ["", "Box", "hộp", "a b", "-a", ".a", "a/b", "x" * 64, "a_b"])
def test_names_are_plain(refused: Callable[[str], str], name: str) -> None:
    """Ids of boxes and names of places go into file names and receipts."""
    assert refused(f'[box]\nid = "{name}"\n').startswith("box.id")
    assert refused(LEAST + DESTINATION.format(name=name)).startswith("destination.name")


def test_two_places_of_one_name_are_refused(refused: Callable[[str], str]) -> None:
    """A deposit names its place."""
    text = LEAST + DESTINATION.format(name="province") * 2
    assert refused(text).startswith("destination.name 'province'")


@pytest.mark.parametrize(
    ("state", "drop"),
    [
        ("/srv/box", "/srv/box"),
        ("/srv/box", "/srv/box/drop"),
        ("/srv/box/state", "/srv/box"),
        ("/srv/box/../box/state", "/srv/x/../box"),
    ],
)
def test_overlapping_folders_are_refused(
    refused: Callable[[str], str], state: str, drop: str
) -> None:
    """What scanners can reach must not hold the store."""
    text = f'{LEAST}[paths]\nstate = "{state}"\ndrop = "{drop}"\n'
    assert refused(text) == "paths.state and paths.drop must not lie inside one another"


def test_folders_that_only_begin_alike_are_taken(load: Callable[[str], Settings]) -> None:
    """``/srv/drop2`` does not lie in ``/srv/drop``."""
    text = f'{LEAST}[paths]\nstate = "/srv/drop2"\ndrop = "/srv/drop"\n'
    assert load(text).paths.state == Path("/srv/drop2")


def test_overlap_through_a_link_is_refused(refused: Callable[[str], str], tmp_path: Path) -> None:
    """Where a link leads counts, not its name."""
    (tmp_path / "state").mkdir()
    (tmp_path / "drop").symlink_to(tmp_path / "state")
    text = f'{LEAST}[paths]\nstate = "{tmp_path}/state"\ndrop = "{tmp_path}/drop"\n'
    assert "must not lie inside" in refused(text)


@pytest.mark.parametrize(
    "data", [b"[box\n", b"id = = 1", b"\xff\xfe[box]", b'[box]\nid = "\xe1"\n']
)
def test_what_is_no_toml_is_refused(tmp_path: Path, data: bytes) -> None:
    """The path and the place of the fault are told, for bytes that are no text too."""
    path = tmp_path / "appliance.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=r"appliance\.toml is not valid TOML: ."):
        load_settings(path)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """So that the installer sees which path, and why."""
    with pytest.raises(ConfigError, match=r"cannot read the settings .*none\.toml: No such file"):
        load_settings(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load_settings(tmp_path)
