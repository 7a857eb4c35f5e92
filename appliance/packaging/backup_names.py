"""What writer and verifier of catalogue backups must agree on: names inside the package."""

from __future__ import annotations

from typing import Final

BACKUP_FORMAT: Final = "archive-appliance-backup/1"
"""Named in ``bag-info.txt``; ``docs/format.md`` describes it."""
FORMAT_LABEL: Final = "Backup-Format"
BASE_LABEL: Final = "Backup-Base"
README_PATH: Final = "data/README.txt"
WHOLE_PATH: Final = "data/catalogue.db.gz.age"
"""The catalogue, compressed (gzip), encrypted (age)."""
CHANGES_PATH: Final = "data/catalogue.changes.gz.age"
"""What changed since the whole backup that ``Backup-Base`` names, compressed and encrypted."""
AGE_LEAD: Final = b"age-encryption.org/v1\n"
"""How every file in the age format begins."""
