-- The first schema. A released migration never changes; write a new one beside it.
-- Times are texts of domain.clock.to_text (UTC); lease and attempt times too.

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE agency (
    id INTEGER NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    valid_from TEXT,
    valid_to TEXT,
    parent_code TEXT,
    successor_code TEXT
) STRICT;
CREATE UNIQUE INDEX agency_code_from ON agency (code, coalesce(valid_from, ''));

CREATE TABLE fonds (
    fonds_code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    archive_code TEXT NOT NULL,
    creator_code TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
    period TEXT NOT NULL,
    language TEXT NOT NULL,
    history TEXT NOT NULL
) STRICT;

CREATE TABLE inventory (
    fonds_code TEXT NOT NULL REFERENCES fonds (fonds_code),
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (fonds_code, number)
) STRICT;

CREATE TABLE file_unit (
    id INTEGER NOT NULL PRIMARY KEY,
    file_code TEXT NOT NULL UNIQUE,
    safe_name TEXT NOT NULL UNIQUE,
    fonds_code TEXT NOT NULL REFERENCES fonds (fonds_code),
    inventory_number TEXT NOT NULL,
    -- the 18 fields of TT 05/2025, by their names there, but for arcFileCode = file_code
    title TEXT NOT NULL,
    maintenance TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode <> '03'),
    language TEXT NOT NULL,
    start_date TEXT NOT NULL,
    end_date TEXT NOT NULL,
    keyword TEXT NOT NULL,
    total_doc INTEGER NOT NULL,
    number_of_paper INTEGER NOT NULL,
    number_of_page INTEGER NOT NULL,
    format TEXT NOT NULL,
    infor_sign TEXT NOT NULL,
    confidence_level TEXT NOT NULL,
    paper_file_code TEXT NOT NULL,
    risk_recovery TEXT NOT NULL,
    risk_recovery_status TEXT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'registered'
        CHECK (state IN ('registered', 'scanning', 'complete', 'reviewed', 'derived', 'sealed')),
    findings TEXT NOT NULL DEFAULT '[]',
    pages_found INTEGER NOT NULL DEFAULT 0,
    objid TEXT UNIQUE,
    minted_at TEXT,
    minted_counter INTEGER,
    owner TEXT,
    lease_until TEXT,
    next_attempt TEXT,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX file_unit_fonds ON file_unit (fonds_code);
CREATE INDEX file_unit_ready ON file_unit (state, next_attempt) WHERE owner IS NULL;

CREATE TABLE document (
    file_unit_id INTEGER NOT NULL REFERENCES file_unit (id),
    ordinal INTEGER NOT NULL,
    first_page INTEGER NOT NULL,
    last_page INTEGER NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (file_unit_id, ordinal)
) STRICT;

CREATE TABLE selection_list (
    list_code TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'revoked'))
) STRICT;

CREATE TABLE selection_item (
    list_code TEXT NOT NULL REFERENCES selection_list (list_code),
    file_unit_id INTEGER NOT NULL REFERENCES file_unit (id),
    PRIMARY KEY (list_code, file_unit_id)
) STRICT;
CREATE INDEX selection_item_file_unit ON selection_item (file_unit_id);

CREATE TABLE approval (
    list_code TEXT NOT NULL PRIMARY KEY REFERENCES selection_list (list_code),
    decision_number TEXT NOT NULL,
    decision_date TEXT NOT NULL,
    signer TEXT NOT NULL,
    recorded_at TEXT NOT NULL
) STRICT;

-- One row for each dropped file that was taken.
CREATE TABLE master (
    id INTEGER NOT NULL PRIMARY KEY,
    claim_id TEXT NOT NULL UNIQUE,
    scanner TEXT NOT NULL,
    place TEXT NOT NULL,
    name TEXT NOT NULL,
    name_bytes BLOB NOT NULL,
    file_unit_id INTEGER REFERENCES file_unit (id),
    file_number INTEGER,
    sha256 TEXT NOT NULL,
    xxh3 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    image_format TEXT,
    frame_count INTEGER,
    state TEXT NOT NULL
        CHECK (state IN ('accepted', 'inspected', 'parked', 'duplicate', 'replaced', 'sealed')),
    findings TEXT NOT NULL DEFAULT '[]',
    other_id INTEGER REFERENCES master (id),
    received_at TEXT NOT NULL,
    owner TEXT,
    lease_until TEXT,
    next_attempt TEXT,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX master_live ON master (file_unit_id, file_number)
    WHERE state IN ('accepted', 'inspected', 'sealed');
CREATE INDEX master_of_file_unit ON master (file_unit_id, state);
CREATE INDEX master_sha256 ON master (sha256);
CREATE INDEX master_ready ON master (next_attempt) WHERE state = 'accepted' AND owner IS NULL;
CREATE INDEX master_parked ON master (id) WHERE state = 'parked';

CREATE TABLE page (
    id INTEGER NOT NULL PRIMARY KEY,
    master_id INTEGER NOT NULL REFERENCES master (id),
    file_unit_id INTEGER NOT NULL REFERENCES file_unit (id),
    frame INTEGER NOT NULL,
    number INTEGER,
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
    ink_permille INTEGER,
    findings TEXT NOT NULL DEFAULT '[]',
    thumbnail_sha256 TEXT,
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
CREATE INDEX page_of_file_unit ON page (file_unit_id, number);
CREATE INDEX page_to_derive ON page (file_unit_id, next_attempt)
    WHERE is_derived = 0 AND owner IS NULL;

CREATE TABLE package (
    id INTEGER NOT NULL PRIMARY KEY,
    objid TEXT NOT NULL UNIQUE,
    file_unit_id INTEGER NOT NULL REFERENCES file_unit (id),
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    page_count INTEGER NOT NULL,
    sealed_at TEXT NOT NULL,
    sidecar BLOB NOT NULL,
    sidecar_signature TEXT NOT NULL,
    UNIQUE (file_unit_id, version)
) STRICT;

CREATE TABLE destination (
    name TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    store_id TEXT NOT NULL,
    is_configured INTEGER NOT NULL,
    is_line_up INTEGER,
    last_attempt_at TEXT,
    last_contact_at TEXT,
    reason TEXT,
    free_bytes INTEGER,
    receipt_counter INTEGER NOT NULL DEFAULT 0,
    receipt_sha256 TEXT NOT NULL
) STRICT;

CREATE TABLE deposit (
    id INTEGER NOT NULL PRIMARY KEY,
    package_id INTEGER NOT NULL REFERENCES package (id),
    destination TEXT NOT NULL REFERENCES destination (name),
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'proved', 'refused', 'damaged')),
    proof TEXT NOT NULL DEFAULT 'none' CHECK (proof IN ('none', 'sent', 'sizes', 'read_back')),
    reason TEXT,
    receipt BLOB,
    receipt_signature TEXT,
    proved_at TEXT,
    owner TEXT,
    lease_until TEXT,
    next_attempt TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (package_id, destination),
    CHECK (state <> 'proved' OR (proof = 'read_back' AND receipt IS NOT NULL
                                 AND receipt_signature IS NOT NULL AND proved_at IS NOT NULL))
) STRICT;
CREATE INDEX deposit_ready ON deposit (destination, next_attempt)
    WHERE state = 'waiting' AND owner IS NULL;
CREATE INDEX deposit_proved ON deposit (destination, proved_at) WHERE state = 'proved';

-- Standing conditions of the place, such as a hot folder that is gone; removed when they pass.
CREATE TABLE notice (
    code TEXT NOT NULL,
    place TEXT NOT NULL,
    finding TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (code, place)
) STRICT;

CREATE TABLE event (
    counter INTEGER NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    at TEXT NOT NULL,
    clock_trusted INTEGER NOT NULL,
    agent TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE INDEX event_object ON event (object_kind, object_id, counter);
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'custody events are append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'custody events are append-only'); END;

-- Counters are kept, not counted: the page reads them whatever the number of rows.
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

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

CREATE TRIGGER file_unit_count_insert AFTER INSERT ON file_unit BEGIN
    INSERT INTO counter VALUES ('file_unit:' || NEW.state, 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER file_unit_count_update AFTER UPDATE OF state ON file_unit
WHEN OLD.state <> NEW.state BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'file_unit:' || OLD.state;
    INSERT INTO counter VALUES ('file_unit:' || NEW.state, 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER page_count_insert AFTER INSERT ON page BEGIN
    INSERT INTO counter VALUES ('page:total', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER page_count_delete AFTER DELETE ON page BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'page:total';
    UPDATE counter SET value = value - OLD.is_derived WHERE name = 'page:derived';
END;
CREATE TRIGGER page_count_update AFTER UPDATE OF is_derived ON page
WHEN OLD.is_derived <> NEW.is_derived BEGIN
    INSERT INTO counter VALUES ('page:derived', NEW.is_derived - OLD.is_derived)
        ON CONFLICT (name) DO UPDATE SET value = value + NEW.is_derived - OLD.is_derived;
END;

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
