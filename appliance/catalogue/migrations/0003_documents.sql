-- Documents are texts or pictures; what one PDF holds is chosen for the box or for one hồ sơ.

ALTER TABLE document ADD COLUMN kind TEXT NOT NULL DEFAULT 'text'
    CHECK (kind IN ('text', 'picture'));

-- Empty: as the box is set up.
ALTER TABLE file_unit ADD COLUMN pdf_per TEXT NOT NULL DEFAULT ''
    CHECK (pdf_per IN ('', 'file_unit', 'document'));

-- JSON: name, sha256, size_bytes, page_count, first_page of each PDF in rep1, in page order.
-- Empty for packages sealed before there was more than one.
ALTER TABLE package ADD COLUMN pdfs TEXT NOT NULL DEFAULT '[]';
