-- Sending: which package goes next, how far it is, how fast a place usually takes them, and the
-- stop that asks a person when several packages of this box are no longer what was sealed.

-- send_rank: the smaller, the sooner; domain.sending says how it is made. sent_bytes: what the
-- place confirmed of the package that is being sent, written now and then.
ALTER TABLE deposit ADD COLUMN size_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deposit ADD COLUMN send_rank INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deposit ADD COLUMN sent_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE deposit SET (size_bytes, send_rank) = (
    SELECT size_bytes, CAST(unixepoch(sealed_at) AS INTEGER) + MIN(size_bytes / 2048, 2592000)
    FROM package WHERE package.id = deposit.package_id
);
CREATE INDEX deposit_listed ON deposit (destination, state, send_rank, id);

-- Bytes by state, kept as the numbers of packages are.
INSERT INTO counter (name, value)
    SELECT 'deposit_bytes:' || destination || ':' || state, SUM(size_bytes)
    FROM deposit GROUP BY destination, state;
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

-- What is odd at a place, as findings, and what lies there unfinished.
ALTER TABLE destination ADD COLUMN notes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE destination ADD COLUMN partial_count INTEGER;
ALTER TABLE destination ADD COLUMN partial_bytes INTEGER;

-- Bytes and time of sending to a place, the older ones fading; apart for office and night hours.
CREATE TABLE sending_pace (
    destination TEXT NOT NULL REFERENCES destination (name),
    hours TEXT NOT NULL CHECK (hours IN ('office', 'night')),
    sent_bytes INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    measured_at TEXT NOT NULL,
    PRIMARY KEY (destination, hours)
) STRICT;

-- Packages of this box that were not what was sealed when they were to be sent; seen_at when a
-- person has looked. A row goes when the package was sent after all.
CREATE TABLE source_damage (
    package_id INTEGER NOT NULL PRIMARY KEY REFERENCES package (id),
    finding TEXT NOT NULL,
    found_at TEXT NOT NULL,
    seen_at TEXT
) STRICT;

-- While there is a row nothing is sent anywhere.
CREATE TABLE sync_halt (
    code TEXT NOT NULL PRIMARY KEY,
    finding TEXT NOT NULL,
    since TEXT NOT NULL
) STRICT;
