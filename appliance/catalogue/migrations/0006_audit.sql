-- Audit: copies that are no longer as sealed, the box's own copies, slices, damage, drills.
-- The table of deposits is made anew, since its CHECK changes: renamed, copied, dropped.

DROP TRIGGER deposit_count_insert;
DROP TRIGGER deposit_count_update;
DROP TRIGGER deposit_bytes_insert;
DROP TRIGGER deposit_bytes_update;
DROP INDEX deposit_ready;
DROP INDEX deposit_proved;
DROP INDEX deposit_held;
DROP INDEX deposit_listed;
ALTER TABLE deposit RENAME TO deposit_1;

CREATE TABLE deposit (
    id INTEGER NOT NULL PRIMARY KEY,
    package_id INTEGER NOT NULL REFERENCES package (id),
    destination TEXT NOT NULL REFERENCES destination (name),
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'proved', 'refused', 'damaged', 'far_damaged')),
    proof TEXT NOT NULL DEFAULT 'none' CHECK (proof IN ('none', 'sent', 'sizes', 'read_back')),
    reason TEXT,
    receipt BLOB,
    receipt_signature TEXT,
    -- the newest SHA-256 read-back there, and the newest comparison of its blocks
    proved_at TEXT,
    scrubbed_at TEXT,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    send_rank INTEGER NOT NULL DEFAULT 0,
    sent_bytes INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    lease_until TEXT,
    next_attempt TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (package_id, destination),
    CHECK (state <> 'proved' OR (proof = 'read_back' AND receipt IS NOT NULL
                                 AND receipt_signature IS NOT NULL AND proved_at IS NOT NULL))
) STRICT;
INSERT INTO deposit (
    id, package_id, destination, state, proof, reason, receipt, receipt_signature, proved_at,
    size_bytes, send_rank, sent_bytes, owner, lease_until, next_attempt, tries
) SELECT
    id, package_id, destination, state, proof, reason, receipt, receipt_signature, proved_at,
    size_bytes, send_rank, sent_bytes, owner, lease_until, next_attempt, tries
FROM deposit_1;
DROP TABLE deposit_1;

CREATE INDEX deposit_ready ON deposit (destination, next_attempt)
    WHERE state = 'waiting' AND owner IS NULL;
CREATE INDEX deposit_proved ON deposit (destination, proved_at) WHERE state = 'proved';
CREATE INDEX deposit_looked ON deposit (destination, max(proved_at, coalesce(scrubbed_at, '')))
    WHERE state = 'proved';
CREATE INDEX deposit_held ON deposit (lease_until) WHERE owner IS NOT NULL;
CREATE INDEX deposit_listed ON deposit (destination, state, send_rank, id);

CREATE TRIGGER deposit_count_insert AFTER INSERT ON deposit BEGIN
    INSERT INTO counter VALUES ('deposit:' || NEW.destination || ':' || NEW.state, 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER deposit_count_update AFTER UPDATE OF state ON deposit
WHEN OLD.state <> NEW.state BEGIN
    UPDATE counter SET value = value - 1
        WHERE name = 'deposit:' || OLD.destination || ':' || OLD.state;
    INSERT INTO counter VALUES ('deposit:' || NEW.destination || ':' || NEW.state, 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER deposit_bytes_insert AFTER INSERT ON deposit BEGIN
    INSERT INTO counter VALUES
        ('deposit_bytes:' || NEW.destination || ':' || NEW.state, NEW.size_bytes)
        ON CONFLICT (name) DO UPDATE SET value = value + NEW.size_bytes;
END;
CREATE TRIGGER deposit_bytes_update AFTER UPDATE OF state ON deposit
WHEN OLD.state <> NEW.state BEGIN
    UPDATE counter SET value = value - NEW.size_bytes
        WHERE name = 'deposit_bytes:' || OLD.destination || ':' || OLD.state;
    INSERT INTO counter VALUES
        ('deposit_bytes:' || NEW.destination || ':' || NEW.state, NEW.size_bytes)
        ON CONFLICT (name) DO UPDATE SET value = value + NEW.size_bytes;
END;

-- The box's own copy of each package: a seal reads back what it wrote, which is the first proof.
CREATE TABLE package_check (
    package_id INTEGER NOT NULL PRIMARY KEY REFERENCES package (id),
    state TEXT NOT NULL DEFAULT 'good' CHECK (state IN ('good', 'damaged', 'broken')),
    proved_at TEXT NOT NULL,
    scrubbed_at TEXT,
    cache_possible INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO package_check (package_id, proved_at) SELECT id, sealed_at FROM package;
CREATE INDEX package_check_proved ON package_check (proved_at) WHERE state = 'good';
CREATE INDEX package_check_looked ON package_check (max(proved_at, coalesce(scrubbed_at, '')))
    WHERE state = 'good';
CREATE INDEX package_check_bad ON package_check (state, package_id) WHERE state <> 'good';
CREATE TRIGGER package_checked AFTER INSERT ON package BEGIN
    INSERT INTO package_check (package_id, proved_at) VALUES (NEW.id, NEW.sealed_at);
END;
CREATE TRIGGER package_check_insert AFTER INSERT ON package_check BEGIN
    INSERT INTO counter VALUES ('package_check:' || NEW.state, 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER package_check_update AFTER UPDATE OF state ON package_check
WHEN OLD.state <> NEW.state BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'package_check:' || OLD.state;
    INSERT INTO counter VALUES ('package_check:' || NEW.state, 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
INSERT INTO counter (name, value)
    SELECT 'package_check:' || state, count(*) FROM package_check GROUP BY state;

-- How far the walk over all masters is: those up to the cursor were read since the round began,
-- the others since the earlier one began, or since they came in.
CREATE TABLE master_walk (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    cursor INTEGER NOT NULL DEFAULT 0,
    round_started_at TEXT,
    earlier_started_at TEXT
) STRICT;
INSERT INTO master_walk (id) VALUES (1);

-- One night's work, or one that a person asked for, at one place; '@box' is this box.
CREATE TABLE audit_slice (
    id INTEGER NOT NULL PRIMARY KEY,
    place TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('night', 'asked')),
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
CREATE INDEX audit_slice_of_place ON audit_slice (place, id);

-- Every copy that was found not to be as it was sealed, and what became of it.
CREATE TABLE damage (
    id INTEGER NOT NULL PRIMARY KEY,
    place TEXT NOT NULL,
    object_kind TEXT NOT NULL CHECK (object_kind IN ('package', 'master')),
    object_id TEXT NOT NULL,
    file_code TEXT NOT NULL,
    finding TEXT NOT NULL,
    found_at TEXT NOT NULL,
    ended_at TEXT,
    repaired_from TEXT
) STRICT;
CREATE UNIQUE INDEX damage_open ON damage (place, object_kind, object_id) WHERE ended_at IS NULL;
CREATE INDEX damage_newest ON damage (ended_at, id);
-- A copy at a place is mended when a receipt proves it again, whoever brought that about.
CREATE TRIGGER damage_mended AFTER UPDATE OF state ON deposit
WHEN NEW.state = 'proved' AND OLD.state <> 'proved' BEGIN
    UPDATE damage SET ended_at = NEW.proved_at, repaired_from = coalesce(repaired_from, '@box')
        WHERE place = NEW.destination AND object_kind = 'package' AND ended_at IS NULL
        AND object_id = (SELECT objid FROM package WHERE id = NEW.package_id);
END;

CREATE TABLE drill (
    id INTEGER NOT NULL PRIMARY KEY,
    destination TEXT NOT NULL REFERENCES destination (name),
    package_id INTEGER REFERENCES package (id),
    seed TEXT NOT NULL,
    candidates INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('passed', 'failed', 'not_possible')),
    findings TEXT NOT NULL DEFAULT '[]',
    facts TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX drill_of_destination ON drill (destination, id);
