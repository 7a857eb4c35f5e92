-- Known damage is repaired by day too: a third kind of slice, which does nothing else.
ALTER TABLE audit_slice RENAME TO audit_slice_before;
CREATE TABLE audit_slice (
    id INTEGER NOT NULL PRIMARY KEY,
    place TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('night', 'asked', 'repair')),
    started_at TEXT NOT NULL,
    budget_seconds INTEGER NOT NULL,
    spent_milliseconds INTEGER NOT NULL DEFAULT 0,
    ended_at TEXT,
    outcome TEXT CHECK (outcome IN ('done', 'budget', 'line', 'halted', 'replaced')),
    proved INTEGER NOT NULL DEFAULT 0,
    scrubbed INTEGER NOT NULL DEFAULT 0,
    damaged INTEGER NOT NULL DEFAULT 0,
    repaired INTEGER NOT NULL DEFAULT 0,
    read_bytes INTEGER NOT NULL DEFAULT 0,
    finding TEXT,
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
) STRICT;
INSERT INTO audit_slice
    SELECT id, place, kind, started_at, budget_seconds, spent_milliseconds, ended_at, outcome,
        proved, scrubbed, damaged, repaired, read_bytes, finding
    FROM audit_slice_before;
DROP TABLE audit_slice_before;
CREATE INDEX audit_slice_of_place ON audit_slice (place, id);
