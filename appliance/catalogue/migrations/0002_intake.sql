-- Batches, sheets, read-back, views and quality of pages, answers of people, targets.
-- Tables whose CHECK changes are made anew: renamed, copied, dropped (children first).

DROP TRIGGER master_count_insert;
DROP TRIGGER master_count_update;
DROP TRIGGER master_no_delete;
DROP TRIGGER page_count_insert;
DROP TRIGGER page_count_delete;
DROP TRIGGER page_count_update;
DROP INDEX master_live;
DROP INDEX master_of_file_unit;
DROP INDEX master_sha256;
DROP INDEX master_ready;
DROP INDEX master_parked;
DROP INDEX page_of_file_unit;
DROP INDEX page_to_derive;
ALTER TABLE master RENAME TO master_1;
ALTER TABLE page RENAME TO page_1;

-- What one scanner dropped in one go, to be split into hồ sơ by its cover sheets.
CREATE TABLE batch (
    id INTEGER NOT NULL PRIMARY KEY,
    scanner TEXT NOT NULL,
    place TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'split', 'parked')),
    opened_at TEXT NOT NULL,
    last_arrival_at TEXT NOT NULL,
    findings TEXT NOT NULL DEFAULT '[]',
    owner TEXT,
    lease_until TEXT,
    next_attempt TEXT,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX batch_of_place ON batch (scanner, place, state);
CREATE INDEX batch_ready ON batch (next_attempt) WHERE state <> 'split' AND owner IS NULL;
CREATE INDEX batch_parked ON batch (id) WHERE state = 'parked';

CREATE TABLE master (
    id INTEGER NOT NULL PRIMARY KEY,
    claim_id TEXT NOT NULL UNIQUE,
    scanner TEXT NOT NULL,
    place TEXT NOT NULL,
    name TEXT NOT NULL,
    name_bytes BLOB NOT NULL,
    place_bytes BLOB,
    batch_id INTEGER REFERENCES batch (id),
    file_unit_id INTEGER REFERENCES file_unit (id),
    file_number INTEGER,
    sha256 TEXT NOT NULL,
    xxh3 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    is_read_back INTEGER NOT NULL,
    image_format TEXT,
    frame_count INTEGER,
    state TEXT NOT NULL
        CHECK (state IN ('accepted', 'batched', 'sheet', 'inspected', 'parked', 'duplicate',
                         'replaced', 'sealed')),
    cause TEXT,
    findings TEXT NOT NULL DEFAULT '[]',
    other_id INTEGER REFERENCES master (id),
    received_at TEXT NOT NULL,
    owner TEXT,
    lease_until TEXT,
    next_attempt TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    CHECK ((cause IS NULL) = (state <> 'parked'))
) STRICT;
INSERT INTO master (
    id, claim_id, scanner, place, name, name_bytes, file_unit_id, file_number, sha256, xxh3,
    size_bytes, is_read_back, image_format, frame_count, state, cause, findings, other_id,
    received_at, owner, lease_until, next_attempt, tries
) SELECT
    id, claim_id, scanner, place, name, name_bytes, file_unit_id, file_number, sha256, xxh3,
    size_bytes, 1, image_format, frame_count, state,
    CASE state WHEN 'parked' THEN coalesce(json_extract(findings, '$[0].code'), 'STAGE-FAILED') END,
    findings, other_id, received_at, owner, lease_until, next_attempt, tries
FROM master_1;

CREATE TABLE page (
    id INTEGER NOT NULL PRIMARY KEY,
    master_id INTEGER NOT NULL REFERENCES master (id),
    file_unit_id INTEGER REFERENCES file_unit (id),
    frame INTEGER NOT NULL,
    number INTEGER,
    sheet_mark TEXT,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    dpi INTEGER NOT NULL,
    dpi_source TEXT NOT NULL,
    mode TEXT NOT NULL,
    bits_per_pixel INTEGER NOT NULL,
    compression TEXT NOT NULL,
    has_icc INTEGER NOT NULL,
    orientation INTEGER NOT NULL,
    paper_size TEXT NOT NULL,
    a4_equivalent INTEGER,
    integrity TEXT NOT NULL DEFAULT 'not_checked' CHECK (integrity IN ('pass', 'not_checked')),
    ink_permille INTEGER,
    quality TEXT,
    page_hash TEXT,
    findings TEXT NOT NULL DEFAULT '[]',
    thumbnail_sha256 TEXT,
    view_sha256 TEXT,
    is_derived INTEGER NOT NULL DEFAULT 0,
    derivation TEXT,
    derivative_sha256 TEXT,
    words_sha256 TEXT,
    ocr_confidence INTEGER,
    owner TEXT,
    lease_until TEXT,
    next_attempt TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (master_id, frame)
) STRICT;
INSERT INTO page (
    id, master_id, file_unit_id, frame, number, width_px, height_px, dpi, dpi_source, mode,
    bits_per_pixel, compression, has_icc, orientation, paper_size, ink_permille, findings,
    thumbnail_sha256, is_derived, derivation, derivative_sha256, words_sha256, ocr_confidence,
    owner, lease_until, next_attempt, tries
) SELECT
    id, master_id, file_unit_id, frame, number, width_px, height_px, dpi, dpi_source, mode,
    bits_per_pixel, compression, has_icc, orientation, paper_size, ink_permille, findings,
    thumbnail_sha256, is_derived, derivation, derivative_sha256, words_sha256, ocr_confidence,
    owner, lease_until, next_attempt, tries
FROM page_1;
DROP TABLE page_1;
DROP TABLE master_1;

CREATE UNIQUE INDEX master_live ON master (file_unit_id, file_number)
    WHERE state IN ('accepted', 'inspected', 'sealed');
CREATE INDEX master_of_file_unit ON master (file_unit_id, state);
CREATE INDEX master_of_batch ON master (batch_id, name) WHERE batch_id IS NOT NULL;
CREATE INDEX master_sha256 ON master (sha256);
CREATE INDEX master_ready ON master (next_attempt) WHERE state = 'accepted' AND owner IS NULL;
CREATE INDEX master_unread ON master (size_bytes) WHERE is_read_back = 0;
CREATE INDEX master_parked ON master (id) WHERE state = 'parked';
CREATE INDEX master_cause ON master (cause, id) WHERE state = 'parked';
CREATE INDEX master_retry ON master (next_attempt, cause) WHERE state = 'parked';
CREATE INDEX page_of_file_unit ON page (file_unit_id, number);
CREATE INDEX page_to_derive ON page (file_unit_id, next_attempt)
    WHERE is_derived = 0 AND owner IS NULL;
CREATE INDEX page_ready ON page (next_attempt)
    WHERE is_derived = 0 AND owner IS NULL AND next_attempt IS NOT NULL;

-- What is held, by when its lease ends: what the dead held is found without a walk.
CREATE INDEX master_held ON master (lease_until) WHERE owner IS NOT NULL;
CREATE INDEX page_held ON page (lease_until) WHERE owner IS NOT NULL;
CREATE INDEX batch_held ON batch (lease_until) WHERE owner IS NOT NULL;
CREATE INDEX file_unit_held ON file_unit (lease_until) WHERE owner IS NOT NULL;
CREATE INDEX deposit_held ON deposit (lease_until) WHERE owner IS NOT NULL;

ALTER TABLE file_unit ADD COLUMN paper_sizes TEXT NOT NULL DEFAULT '';

-- What a person said to a question about a page.
CREATE TABLE answer (
    master_id INTEGER NOT NULL REFERENCES master (id),
    frame INTEGER NOT NULL,
    code TEXT NOT NULL,
    answer TEXT NOT NULL,
    agent TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    PRIMARY KEY (master_id, frame, code)
) STRICT;

-- How each scanner's folder is watched, as last probed.
CREATE TABLE hot_folder (
    scanner TEXT NOT NULL PRIMARY KEY,
    is_configured INTEGER NOT NULL DEFAULT 0,
    way TEXT NOT NULL CHECK (way IN ('events', 'polling', 'gone', 'unknown')),
    probed_at TEXT,
    waiting INTEGER NOT NULL DEFAULT 0,
    last_arrival_at TEXT
) STRICT;

-- What a target sheet said about a scanner on a day.
CREATE TABLE target_reading (
    id INTEGER NOT NULL PRIMARY KEY,
    master_id INTEGER NOT NULL REFERENCES master (id),
    scanner TEXT NOT NULL,
    target_id TEXT NOT NULL,
    read_at TEXT NOT NULL,
    figures TEXT NOT NULL,
    findings TEXT NOT NULL DEFAULT '[]',
    UNIQUE (master_id)
) STRICT;
CREATE INDEX target_reading_of_scanner ON target_reading (scanner, target_id, id);

CREATE TRIGGER master_count_insert AFTER INSERT ON master BEGIN
    INSERT INTO counter VALUES ('came_in', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
    INSERT INTO counter VALUES ('master:' || NEW.state, 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER master_count_update AFTER UPDATE OF state ON master
WHEN OLD.state <> NEW.state BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'master:' || OLD.state;
    INSERT INTO counter VALUES ('master:' || NEW.state, 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER master_no_delete BEFORE DELETE ON master
BEGIN SELECT raise(ABORT, 'masters are never forgotten'); END;

CREATE TRIGGER page_count_insert AFTER INSERT ON page WHEN NEW.sheet_mark IS NULL BEGIN
    INSERT INTO counter VALUES ('page:total', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER page_count_delete AFTER DELETE ON page WHEN OLD.sheet_mark IS NULL BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'page:total';
    UPDATE counter SET value = value - OLD.is_derived WHERE name = 'page:derived';
END;
CREATE TRIGGER page_count_update AFTER UPDATE OF is_derived ON page
WHEN OLD.is_derived <> NEW.is_derived BEGIN
    INSERT INTO counter VALUES ('page:derived', NEW.is_derived - OLD.is_derived)
        ON CONFLICT (name) DO UPDATE SET value = value + NEW.is_derived - OLD.is_derived;
END;
CREATE TRIGGER page_sheet_mark_final BEFORE UPDATE OF sheet_mark ON page
WHEN OLD.sheet_mark IS NOT NEW.sheet_mark
BEGIN SELECT raise(ABORT, 'a sheet mark is written with its page'); END;
