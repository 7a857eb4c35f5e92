-- Corrections of sealed hồ sơ, and PDFs that came back signed.

-- A correction makes the next version; it is open until a package of that version exists.
CREATE TABLE correction (
    id INTEGER NOT NULL PRIMARY KEY,
    file_unit_id INTEGER NOT NULL REFERENCES file_unit (id),
    version INTEGER NOT NULL CHECK (version > 1),
    reason TEXT NOT NULL,
    agent TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    -- what the version before holds, to be compared with: domain.corrections.Content
    content TEXT NOT NULL,
    finished_at TEXT,
    withdrawn_at TEXT,
    CHECK (finished_at IS NULL OR withdrawn_at IS NULL)
) STRICT;
CREATE UNIQUE INDEX correction_of_version ON correction (file_unit_id, version)
    WHERE withdrawn_at IS NULL;

CREATE TABLE signed_pdf (
    id INTEGER NOT NULL PRIMARY KEY,
    file_unit_id INTEGER NOT NULL REFERENCES file_unit (id),
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- the PDF that it was made from: its digest, and the version it was sealed in
    base_sha256 TEXT NOT NULL,
    base_version INTEGER NOT NULL,
    -- digest over the pages it shows: it holds as long as they are the same
    pages_sha256 TEXT NOT NULL,
    signatures TEXT NOT NULL,
    findings TEXT NOT NULL,
    agent TEXT NOT NULL,
    received_at TEXT NOT NULL,
    UNIQUE (file_unit_id, name, sha256)
) STRICT;
