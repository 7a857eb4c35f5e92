"""The numbers of TIFF tags."""

from __future__ import annotations

from typing import Final


class Tag:
    """Tag numbers of TIFF 6.0 that this package reads."""

    SUBFILE: Final = 254
    WIDTH: Final = 256
    HEIGHT: Final = 257
    BITS: Final = 258
    COMPRESSION: Final = 259
    PHOTOMETRIC: Final = 262
    FILL_ORDER: Final = 266
    STRIP_OFFSETS: Final = 273
    ORIENTATION: Final = 274
    SAMPLES: Final = 277
    ROWS_PER_STRIP: Final = 278
    STRIP_COUNTS: Final = 279
    X_RESOLUTION: Final = 282
    Y_RESOLUTION: Final = 283
    PLANAR: Final = 284
    RESOLUTION_UNIT: Final = 296
    PREDICTOR: Final = 317
    COLOUR_MAP: Final = 320
    TILE_WIDTH: Final = 322
    TILE_LENGTH: Final = 323
    TILE_OFFSETS: Final = 324
    TILE_COUNTS: Final = 325
    EXTRA_SAMPLES: Final = 338
    SAMPLE_FORMAT: Final = 339
    JPEG_TABLES: Final = 347
    OLD_JPEG_OFFSET: Final = 513
    OLD_JPEG_LENGTH: Final = 514
    ICC: Final = 34675
