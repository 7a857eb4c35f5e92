-- The daily backups of this catalogue, and what is proved of them elsewhere.

-- One row for each backup that was sealed. What it holds is encrypted to the recovery key.
CREATE TABLE backup (
    id INTEGER NOT NULL PRIMARY KEY,
    objid TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL UNIQUE,
    -- the whole backup that a difference is applied to; NULL for a whole one
    base_id INTEGER REFERENCES backup (id),
    -- of the catalogue inside: its size and SHA-256 before it was packed and encrypted
    catalogue_bytes INTEGER NOT NULL,
    catalogue_sha256 TEXT NOT NULL,
    -- the last event inside that is not about a backup: unchanged means nothing to back up
    covers_counter INTEGER NOT NULL,
    recovery_key TEXT NOT NULL,
    made_at TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    sidecar BLOB NOT NULL,
    sidecar_signature TEXT NOT NULL
) STRICT;

-- One row for each (backup, destination) that was tried; proved when it has a receipt.
CREATE TABLE backup_copy (
    backup_id INTEGER NOT NULL REFERENCES backup (id),
    destination TEXT NOT NULL REFERENCES destination (name),
    reason TEXT,
    next_attempt TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    receipt BLOB,
    receipt_signature TEXT,
    proved_at TEXT,
    PRIMARY KEY (backup_id, destination),
    CHECK ((receipt IS NULL) = (receipt_signature IS NULL)),
    CHECK ((receipt IS NULL) = (proved_at IS NULL))
) STRICT;
CREATE INDEX backup_copy_of_place ON backup_copy (destination, backup_id);
