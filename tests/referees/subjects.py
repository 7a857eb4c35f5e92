"""A package as the referees meet it."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Subject:
    """A package with what unzip makes of it.

    Args:
        name: What is odd about it.
        package: The ZIP.
        bag: The folder in it.
        level: The level of PDF/A that its PDFs claim, ``2b`` or ``1b``.
    """

    name: str
    package: Path
    bag: Path
    level: str = "2b"

    @classmethod
    def unpacked(cls, name: str, package: Path, folder: Path, level: str = "2b") -> Subject:
        """Unpack a package below a folder."""
        target = folder / name
        with zipfile.ZipFile(package) as archive:
            archive.extractall(target)
        return cls(name, package, target / package.stem, level)

    @property
    def aip(self) -> Path:
        """The AIP (or SIP) in the bag."""
        return self.bag / "data" / self.bag.name

    @property
    def pdfs(self) -> list[Path]:
        """Its PDF/A."""
        return sorted((self.aip / "representations" / "rep1" / "data").iterdir())

    @property
    def content(self) -> list[Path]:
        """Every PDF/A and every master."""
        return sorted(self.aip.glob("representations/*/data/*"))
