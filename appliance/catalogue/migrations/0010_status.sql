-- The status page counts proofs and pages of every package: from these, never from the tables
-- themselves, whose rows are large by their signed papers.
CREATE INDEX deposit_proved_packages ON deposit (package_id, destination) WHERE state = 'proved';
CREATE INDEX package_pages ON package (file_unit_id, version, page_count);
