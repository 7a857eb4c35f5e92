"""Numbers that someone else decided, with unit, source and date; and our own, marked so."""

from __future__ import annotations

from typing import Final

MIN_SCAN_DPI: Final = 200
"""Dots per inch for administrative papers; TT 05/2025/TT-BNV Điều 8.1, in force 2025-07-01."""

MIN_DRAWING_DPI: Final = 300
"""Dots per inch for maps and drawings; TT 05/2025/TT-BNV Điều 8.1."""

MIN_COLOUR_BITS: Final = 24
"""Bits per pixel, "màu sắc như bản gốc"; TT 05/2025/TT-BNV Điều 8.1."""

MIN_INDEPENDENT_COPIES: Final = 2
"""Copies on independent media; TT 05/2025/TT-BNV Điều 27.1."""

MAX_PROOF_AGE_DAYS: Final = 3 * 365
"""Every record is checked within three years; TT 05/2025/TT-BNV (secondary reading)."""

PROOF_STALE_DAYS: Final = 90
"""Our own: a proof older than this is shown as ``cũ`` (old); ``peers`` yardsticks."""

MAX_HELD_BYTES: Final = 256 * 1024 * 1024
"""Our own: no file above this size is ever held whole in memory."""

MAX_FRAME_PIXELS: Final = 700_000_000
"""Our own: a legal A0 at 600 dpi has 558 Mpx; above this an image is refused unread."""

BLANK_INK_PERMILLE: Final = 4
"""Our own: less ink than 0.4 % is shown as "blank suspected"; measured on real scans."""

TRANSFER_BLOCK_BYTES: Final = 1024 * 1024
"""Our own: the unit of sending and of resuming a deposit."""

COPY_CHUNK_BYTES: Final = 256 * 1024
"""Our own: the unit of streaming copies and digests."""
