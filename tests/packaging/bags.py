"""An unpacked package that tests may spoil, and make consistent again where they want to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.packaging.making import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Bag:
    """An unpacked package that a test may spoil, and make consistent again where it wants to.

    Args:
        folder: The bag.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.aip = f"data/{folder.name}"

    def path(self, name: str) -> Path:
        """A path in the AIP, or in the bag when it begins with ``bag:``."""
        if name.startswith("bag:"):
            return self.folder / name.removeprefix("bag:")
        return self.folder / self.aip / name

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace the first occurrence of a text, which must be there."""
        path = self.path(name)
        data = path.read_bytes()
        assert old.encode() in data
        path.write_bytes(data.replace(old.encode(), new.encode(), 1))

    def substitute(self, name: str, pattern: str, new: str) -> None:
        """Replace the first match of a pattern, which must be there."""
        text, count = re.subn(
            pattern, new, self.path(name).read_text("utf-8"), count=1, flags=re.DOTALL
        )
        assert count == 1
        self.path(name).write_text(text, "utf-8")

    def flip(self, name: str) -> None:
        """Flip one bit in the middle."""
        data = bytearray(self.path(name).read_bytes())
        data[len(data) // 2] ^= 1
        self.path(name).write_bytes(data)

    def first(self, pattern: str) -> str:
        """The first path of the AIP that matches a pattern."""
        root = self.folder / self.aip
        return str(min(root.glob(pattern)).relative_to(root))

    def relink(self) -> None:
        """Write right sizes and digests into every METS again, the representations' first."""
        for name in ("representations/rep1/METS.xml", "representations/rep2/METS.xml", "METS.xml"):
            if self.path(name).exists():
                self._relink(self.path(name))
        self.reseal()

    def reseal(self) -> None:
        """Make the bag right again: manifest, Oxum, tag manifest."""
        payload = sorted(path for path in (self.folder / "data").rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in payload)
        self.substitute(
            "bag:bag-info.txt", r"Payload-Oxum: [^\n]*", f"Payload-Oxum: {size}.{len(payload)}"
        )
        self._manifest("manifest-sha256.txt", payload)
        self.retag()

    def retag(self) -> None:
        """Write the tag manifest again."""
        tags = [
            path for path in sorted(self.folder.glob("*.txt")) if "tagmanifest" not in path.name
        ]
        self._manifest("tagmanifest-sha256.txt", tags)

    def _manifest(self, name: str, paths: list[Path]) -> None:
        lines = (f"{digest_of(path)}  {path.relative_to(self.folder)}\n" for path in paths)
        (self.folder / name).write_text("".join(lines), "utf-8")

    def _relink(self, mets: Path) -> None:
        def corrected(match: re.Match[str]) -> str:
            text = match[0]
            href = re.search(r'xlink:href="([^"]*)"', text)
            target = mets.parent / (href[1] if href else "")
            if not target.is_file():
                return text
            text = re.sub(r'SIZE="\d+"', f'SIZE="{target.stat().st_size}"', text)
            return re.sub(r'CHECKSUM="[^"]*"', f'CHECKSUM="{digest_of(target)}"', text)

        pattern = r"<mdRef\b[^>]*>|<file\b[^>]*>\s*<FLocat\b[^>]*>"
        text = re.sub(pattern, corrected, mets.read_text("utf-8"))
        mets.write_text(text, "utf-8")

    def repremis(self) -> None:
        """Write the sizes and digests that files have now into every PREMIS, then relink."""

        def corrected(match: re.Match[str]) -> str:
            text = match[0]
            location = re.search(r"<contentLocationValue>([^<]*)<", text)
            assert location is not None
            path = self.path(location[1])
            digest = f"<messageDigest>{digest_of(path)}<"
            text = re.sub(r"<messageDigest>[^<]*<", digest, text)
            return re.sub(r"<size>\d+<", f"<size>{path.stat().st_size}<", text)

        for path in (self.folder / self.aip).rglob("PREMIS*.xml"):
            text = path.read_text("utf-8")
            pattern = r'<object xsi:type="file".*?</object>'
            path.write_text(re.sub(pattern, corrected, text, flags=re.DOTALL), "utf-8")
        self.relink()


def linked(change: Callable[[Bag], object]) -> Callable[[Bag], None]:
    """A change after which METS and bag are made consistent."""

    def mutate(bag: Bag) -> None:
        change(bag)
        bag.relink()

    return mutate


def bagged(change: Callable[[Bag], object]) -> Callable[[Bag], None]:
    """A change after which only the bag is made consistent."""

    def mutate(bag: Bag) -> None:
        change(bag)
        bag.reseal()

    return mutate


def tagged(change: Callable[[Bag], object]) -> Callable[[Bag], None]:
    """A change after which only the tag manifest is made consistent."""

    def mutate(bag: Bag) -> None:
        change(bag)
        bag.retag()

    return mutate
