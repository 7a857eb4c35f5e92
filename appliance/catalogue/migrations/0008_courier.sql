-- Disks that are carried to a destination and back.

-- One filling of a disk; a disk that comes back is filled again under the same id.
CREATE TABLE courier_trip (
    id INTEGER NOT NULL PRIMARY KEY,
    disk_id TEXT NOT NULL,
    destination TEXT NOT NULL REFERENCES destination (name),
    state TEXT NOT NULL DEFAULT 'filling'
        CHECK (state IN ('filling', 'prepared', 'carried', 'imported', 'lost')),
    -- where the disk was mounted, for people
    mount TEXT NOT NULL,
    agent TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    prepared_at TEXT,
    manifest_sha256 TEXT,
    package_count INTEGER NOT NULL DEFAULT 0,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    -- who took it away, and when
    carrier TEXT NOT NULL DEFAULT '',
    carried_at TEXT,
    imported_at TEXT,
    proved_count INTEGER NOT NULL DEFAULT 0,
    -- when the far side took it in by its own clock, and what it could not take: findings
    taken_at TEXT,
    findings TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE UNIQUE INDEX courier_trip_filling ON courier_trip (disk_id) WHERE state = 'filling';
CREATE INDEX courier_trip_of_destination ON courier_trip (destination, state);

CREATE TABLE courier_package (
    trip_id INTEGER NOT NULL REFERENCES courier_trip (id),
    package_id INTEGER NOT NULL REFERENCES package (id),
    -- carried to be stored there, or named to be read again there
    purpose TEXT NOT NULL CHECK (purpose IN ('deposit', 'audit')),
    PRIMARY KEY (trip_id, package_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX courier_package_by_package ON courier_package (package_id);
