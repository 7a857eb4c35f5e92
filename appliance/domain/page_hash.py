"""How far apart two page hashes are: a hint that two pictures show the same page, never a proof.

Pages of one printed form are as alike as two scans of one page, so nothing is ever decided by
it: a person is shown both.
"""

from __future__ import annotations

from typing import Final

PAGE_HASH_BITS: Final = 256


def page_hash_distance(one: str, other: str) -> int:
    """Thousandths of the bits in which two page hashes differ; 1000 when either is empty.

    Raises:
        ValueError: One is neither empty nor 64 hex digits.
    """
    for text in (one, other):
        if text and len(text) != PAGE_HASH_BITS // 4:
            raise ValueError(f"not a page hash: {text!r}")
    if not one or not other:
        return 1000
    return (int(one, 16) ^ int(other, 16)).bit_count() * 1000 // PAGE_HASH_BITS
