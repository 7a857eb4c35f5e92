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

MAX_HELD_BYTES: Final = 32 * 1024 * 1024
"""Our own: no larger file is ever held whole in memory; an uncompressed A4 in colour at 300 dpi
has 26 MB, and a worker stays below 150 MiB."""

MAX_FRAME_PIXELS: Final = 700_000_000
"""Our own: a legal A0 at 600 dpi has 558 Mpx; above this an image is refused unread."""

BLANK_INK_PERMILLE: Final = 4
"""Our own: less ink than 0.4 % is shown as "blank suspected" ... (``docs/quality.md``)"""

BLANK_INK_COMPONENTS: Final = 40
"""Our own: ... unless it comes in so many pieces: a few lines and a seal are no empty page."""

MAX_SKEW_CENTIDEGREES: Final = 200
"""Our own: lines more crooked than 2 degrees are shown; ``docs/quality.md``."""

MIN_SHARPNESS_PERMILLE: Final = 290
"""Our own: a flatter edge slope is shown as blurred; ``docs/quality.md``."""

MAX_BRIGHT_CLIP_PERMILLE: Final = 50
"""Our own: paper has a tone; more pure white in gray or colour is lost; ``docs/quality.md``."""

MAX_DARK_CLIP_PERMILLE: Final = 20
"""Our own: ink has a tone too; more pure black in gray or colour is lost."""

MAX_BORDER_PERMILLE: Final = 50
"""Our own: a larger black border is mentioned; ``docs/quality.md``."""

TARGET_MAX_RISE_PIXELS: Final = 3
"""Our own: the 10 to 90 % rise of an edge, in pixels of the scan, of a scanner in focus."""

TARGET_MAX_TONE_CENTI: Final = 500
"""Our own: mean distance of the grays of a measured target, hundredths of L*."""

TARGET_MAX_COLOUR_CENTI: Final = 800
"""Our own: mean CIEDE2000 of the colours of a measured target, hundredths."""

TARGET_DRIFT_RISE_PERCENT: Final = 30
"""Our own: edges wider by more than this are drift ..."""

TARGET_MIN_DRIFT_MICROMETRES: Final = 40
"""Our own: ... and by more than this: half a pixel at 300 dpi."""

TARGET_DRIFT_MEAN_CENTI: Final = 200
"""Our own: mean CIEDE2000 between two readings of one target, hundredths."""

TARGET_DRIFT_WORST_CENTI: Final = 600
"""Our own: of its worst patch; dust on one patch stays below."""

MIN_TEXT_CONFIDENCE: Final = 50
"""Our own: of 100; words of a page that the engine itself doubts more, in the mean, are no text
and are not kept; ``docs/quality.md``."""

DOUBTFUL_TEXT_CONFIDENCE: Final = 70
"""Our own: of 100; a page that was read with less is looked at once more: does it lie upside down
or on its side? ``docs/quality.md``."""

SURE_TURN_CONFIDENCE: Final = 5.0
"""Our own: what tesseract says of the way up of a page is believed from here on where the page,
turned so, is read any better; ``docs/quality.md``."""

MIN_TURN_CONFIDENCE: Final = 1.5
"""Our own: from here on it is tried, and believed ..."""

MIN_TURN_GAIN: Final = 10
"""Our own: ... when the mean confidence of the words, of 100, grows by so much."""

ALIKE_PERMILLE: Final = 200
"""Our own: pages whose perceptual hashes differ in no more bits are asked about; rescans of one
page differ in up to 22 %, other pages of a book hardly ever below 15 %, printed forms often."""

ALIKE_REACH_PAGES: Final = 3
"""Our own: how many pages back a page is compared; a page fed twice follows at once."""

MIN_PAGE_PIXELS: Final = 50
"""Our own: a picture with a shorter side is asked about: at 200 dpi it is 6 mm of paper."""

ALIKE_RUN_PAGES: Final = 8
"""Our own: so many pages in a row, each like one before it, are copies of a printed form rather
than pages fed twice, and are asked about once."""

TWIN_SECONDS: Final = 15 * 60
"""Our own: two different files for one number that came under two paths within this time are
asked about; within it a burst of ten thousand files is taken, whose order says nothing."""

TRANSFER_BLOCK_BYTES: Final = 1024 * 1024
"""Our own: the unit of sending and of resuming a deposit."""

MAX_DROP_BYTES: Final = 16 * 1024**3
"""Our own: a dropped file that is larger is not opened. Uncompressed, 600 pages of A4 in colour at
300 dpi, or three of A0 at 600 dpi with four channels of 16 bits, are smaller."""

UNPROVED_BYTES: Final = 4 * 1024**3
"""Our own: while more bytes than this wait to be read back from the disk, no drop is taken."""

COPY_CHUNK_BYTES: Final = 256 * 1024
"""Our own: the unit of streaming copies and digests."""

MIN_SIGNATURE_RSA_BITS: Final = 2048
"""Bits of an RSA key that signs; Thông tư 15/2025/TT-BKHCN (secondary reading)."""

MIN_SIGNATURE_CURVE_BITS: Final = 256
"""Bits of an elliptic-curve key that signs; Thông tư 15/2025/TT-BKHCN (secondary reading)."""

SIGNATURE_SCHEMES: Final = frozenset({"rsassa_pss", "ecdsa"})
"""Thông tư 15/2025/TT-BKHCN (secondary reading); others are taken with a warning."""

SIGNATURE_DIGESTS: Final = frozenset({"sha256", "sha384", "sha512"})
"""Thông tư 15/2025/TT-BKHCN (secondary reading); others are refused."""

MIN_REASON_CHARACTERS: Final = 5
"""Our own: a reason for a correction says something ..."""

MAX_REASON_CHARACTERS: Final = 500
"""Our own: ... and fits on a line of the custody record."""

AUDIT_MASS_DAMAGE: Final = 3
"""Our own: more damaged copies at one place in one round are no accident but a dying disk: a
person looks before anything there is repaired."""

AUDIT_CATCH_UP_NIGHTS: Final = 3
"""Our own: copies that were due for so many nights on which the box slept are read by day."""

AUDIT_YIELD_FACTOR: Final = 3
"""Our own: while packages wait to be sent to a place, an audit rests so many times as long as it
worked: sending has three quarters of the time, and audits still come round."""

AUDIT_REPAIR_AGAIN_HOURS: Final = 6
"""Our own: damage that could not be repaired, since a place was not reached, is tried again by
day after so long, and each night."""

DRILL_EVERY_DAYS: Final = 30
"""Our own: between two restore drills of one destination; kopia's and duplicati's stories of
backups that were good until they were needed."""

DRILL_LATE_DAYS: Final = 62
"""Our own: a place whose last restore drill is older, two months, is shown as old."""
