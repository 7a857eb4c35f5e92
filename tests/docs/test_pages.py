"""The pages agree with the code and with each other."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from appliance.config import PathSettings, load_settings
from appliance.domain import states
from appliance.signing.keys import PublicKey, generate_key
from appliance.sync.farstore import FarStore
from tools.generate_docs import argument_meanings, member_meanings, pages, stale_pages

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")
MAX_DECISION_LINES = 60


def anchors(text: str) -> set[str]:
    """The anchors that the headings of a page get."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def broken_links(page: Path) -> list[str]:
    """Links of a page whose file or heading is not there."""
    broken = []
    for target, anchor in LINK.findall(page.read_text("utf-8")):
        goal = page.parent / target if target else page
        if not goal.exists() or (anchor and anchor[1:] not in anchors(goal.read_text("utf-8"))):
            broken.append(f"{page.name}: {target}{anchor}")
    return broken


def test_generated_pages_are_fresh(checkout: Path) -> None:
    """The generated pages say what the code says."""
    assert stale_pages(checkout / "docs") == []


def test_a_stale_page_is_noticed(tmp_path: Path) -> None:
    """A page that was changed by hand, or is missing, counts as stale."""
    for name, text in pages():
        (tmp_path / name).write_text(text, "utf-8")
    assert stale_pages(tmp_path) == []
    (tmp_path / "states.md").write_text("by hand", "utf-8")
    (tmp_path / "rules.md").unlink()
    assert stale_pages(tmp_path) == ["states.md", "rules.md"]


def test_meanings_come_from_the_strings_below_members() -> None:
    """The string below a member is its meaning; a member without one has none."""
    meanings = member_meanings(states.MasterState)
    assert meanings["PARKED"] == "Put aside with a reason; a person can see it."
    assert "WAITING" not in member_meanings(states.DepositState)


def test_meanings_of_settings_come_from_docstrings() -> None:
    """Each setting's meaning is what its class says of it, on one line."""
    meanings = argument_meanings(PathSettings)
    assert set(meanings) == {"state", "drop", "key"}
    assert meanings["state"].startswith("Catalogue, store and work")
    assert all(meaning.endswith(".") for meaning in meanings.values())


def test_the_example_of_settings_is_valid(checkout: Path, tmp_path: Path) -> None:
    """The settings that operations show can be loaded as they stand, one after the other."""
    text = (checkout / "docs" / "operations.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "appliance.toml"
    path.write_text("\n".join(examples), "utf-8")
    settings = load_settings(path)
    places = settings.destination
    assert [fonds.code for fonds in settings.fonds] == ["TKS", "KSTK"]
    assert [place.name for place in places] == ["usb-1", "backup", "province", "ministry"]
    keys = [place.store_key for place in places if place.kind == "receiver"]
    assert len({PublicKey.from_line(key).line() for key in keys}) == len(keys) == 2


def test_the_example_of_a_store_works(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program that operations show makes a store and lets the box deposit there."""
    text = (checkout / "docs" / "operations.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "box.pub").write_text(generate_key(tmp_path / "box", "box").public.line(), "utf-8")
    here = example.replace("/srv/appliance-store", str(tmp_path / "store"))
    printed = subprocess.run(
        [sys.executable, "-c", here], capture_output=True, text=True, check=True
    ).stdout
    assert PublicKey.from_line(printed.strip()).line() == printed.strip()
    assert [one.name for one in FarStore.open(tmp_path / "store").senders()] == ["archive-01"]


def test_every_link_leads_somewhere(checkout: Path) -> None:
    """Each relative link of README, CONTRIBUTING and docs leads to a file and a heading."""
    written = [*checkout.glob("*.md"), *(checkout / "docs").rglob("*.md")]
    assert [link for page in written for link in broken_links(page)] == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    """A link to a missing file or heading is found, a good one is not."""
    page = tmp_path / "page.md"
    page.write_text("# One thing\n[a](page.md#one-thing) [b](gone.md) [c](#other)", "utf-8")
    assert broken_links(page) == ["page.md: gone.md", "page.md: #other"]


def test_every_page_is_in_the_index(checkout: Path) -> None:
    """The index leads to each page of docs, and the list of decisions to each decision."""
    for index, folder in (("index.md", "docs"), ("README.md", "docs/adr")):
        text = (checkout / folder / index).read_text("utf-8")
        names = {page.name for page in (checkout / folder).glob("*.md")} - {index}
        assert sorted(name for name in names if f"({name})" not in text) == []


def test_decisions_have_their_parts(checkout: Path) -> None:
    """Each decision is short and has context, decision and consequences with a bad one."""
    decisions = sorted((checkout / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [int(page.name[:4]) for page in decisions]
    assert numbers == list(range(1, len(decisions) + 1))
    for page in decisions:
        text = page.read_text("utf-8")
        parts = ("**Context.**", "**Decision.**", "**Consequences.**", "- Bad: ")
        assert [part for part in parts if part not in text] == [], page.name
        assert len(text.splitlines()) <= MAX_DECISION_LINES, page.name


def test_the_changelog_speaks_of_integrity(checkout: Path) -> None:
    """Each released or coming version says what may have affected stored bytes."""
    text = (checkout / "CHANGELOG.md").read_text("utf-8")
    versions = text.split("\n## ")[1:]
    assert versions
    assert all("### Integrity" in version for version in versions)


def test_the_readme_names_real_targets(checkout: Path) -> None:
    """Each ``make`` command that README and CONTRIBUTING show is a target."""
    makefile = (checkout / "Makefile").read_text("utf-8")
    shown = "".join(
        (checkout / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md")
    )
    targets = set(re.findall(r"(?:`|^)make ([a-z-]+)", shown, re.MULTILINE))
    assert targets >= {"demo", "test", "check"}
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
