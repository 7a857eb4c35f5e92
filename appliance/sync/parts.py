"""Packages in parts, for places whose file system takes no file of their size.

FAT32 ends at 4 GiB - 1. A package above the limit lies there as ``NAME.zip.001``, ``.002`` …:
nothing but the bytes of the ZIP in their order, so that any system can join them. A text beside
them says how, in Vietnamese and English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.domain.receipts import Sidecar

_PART: Final = re.compile(r"(?P<zip>.+\.zip)\.(?P<number>[0-9]{3,6})")


@dataclass(frozen=True, slots=True)
class PartName:
    """The name of one part.

    Args:
        zip_name: Of the package.
        number: 1-based.
    """

    zip_name: str
    number: int

    def __str__(self) -> str:
        """The name itself."""
        return f"{self.zip_name}.{self.number:03d}"


def parse_part_name(name: str) -> PartName | None:
    """Read ``NAME.zip.001``; None when it is no name of a part."""
    match = _PART.fullmatch(name)
    if match is None:
        return None
    found = PartName(match["zip"], int(match["number"]))
    return found if found.number > 0 and str(found) == name else None


def parts_among(names: Iterable[str], zip_name: str) -> list[str]:
    """The parts of a package among some names, in their order; none twice, gaps as they are."""
    parsed = (parse_part_name(name) for name in names)
    numbers = {one.number for one in parsed if one is not None and one.zip_name == zip_name}
    return [str(PartName(zip_name, number)) for number in sorted(numbers)]


def part_lengths(size_bytes: int, block_bytes: int, largest_bytes: int) -> tuple[int, ...]:
    """How long each part of a package is: whole blocks, as many as a file may hold.

    Args:
        size_bytes: Of the package, at least 1.
        block_bytes: Of its sidecar.
        largest_bytes: The largest file of the place; 0 = larger than any package.

    Returns:
        One length when the package need not be split.

    Raises:
        ValueError: Not even one block fits into a file.
    """
    if not largest_bytes or size_bytes <= largest_bytes:
        return (size_bytes,)
    part_bytes = largest_bytes // block_bytes * block_bytes
    if part_bytes == 0:
        raise ValueError(f"a block of {block_bytes} bytes is larger than a file may be")
    full, rest_bytes = divmod(size_bytes, part_bytes)
    return (part_bytes,) * full + ((rest_bytes,) if rest_bytes else ())


def part_names(zip_name: str, count: int) -> list[str]:
    """The files that a package becomes, in their order; its own name when it is not split."""
    if count == 1:
        return [zip_name]
    return [str(PartName(zip_name, number)) for number in range(1, count + 1)]


def text_name(zip_name: str) -> str:
    """The name of the text that says how to join the parts."""
    return f"{zip_name.removesuffix('.zip')}.txt"


def join_text(sidecar: Sidecar, part_count: int) -> bytes:
    """How to join and check a package, for whoever finds it; UTF-8 that old editors know.

    Args:
        sidecar: Of the package.
        part_count: How many parts it has.
    """
    names = part_names(sidecar.name, part_count)
    facts = {
        "name": sidecar.name,
        "count": part_count,
        "size": sidecar.size_bytes,
        "sha256": sidecar.sha256,
        "cat": " ".join(names),
        "copy": " + ".join(f'"{name}"' for name in names),
    }
    return ("\ufeff" + _TEXT.format(**facts)).replace("\n", "\r\n").encode()


_TEXT: Final = """\
GÓI TIN ĐƯỢC CHIA THÀNH {count} PHẦN
Ổ đĩa này không nhận tệp từ 4 GiB trở lên, nên gói tin {name}
({size} byte) được chia thành {count} phần. Chép mọi phần vào một thư mục của ổ đĩa khác,
rồi ghép theo đúng thứ tự:

  Linux, macOS:  cat {cat} > {name}
  Windows:       copy /b {copy} "{name}"

Kiểm tra: mã băm SHA-256 của tệp đã ghép phải đúng là
  {sha256}
  Linux:         sha256sum {name}
  macOS:         shasum -a 256 {name}
  Windows:       certutil -hashfile "{name}" SHA256

THIS PACKAGE IS SPLIT INTO {count} PARTS
This disk takes no file of 4 GiB or more, so the package {name}
({size} bytes) lies here in {count} parts. Copy all of them into one folder of another disk,
then join them in their order with the command above for your system. The SHA-256 of the joined
file must be the one above.
"""
