-- Every extract that was issued, and the documents that were made of it: only added to.

-- content is what the extract says, as it was hashed; subject is what it was asked of. A request that names itself by a
-- key and is sent again is given the extract that it was given before.
CREATE TABLE extract (
    number text NOT NULL,
    county text NOT NULL,
    year smallint NOT NULL,
    serial integer NOT NULL,
    layer text,
    feature uuid,
    parcel uuid,
    batch uuid,
    as_of date NOT NULL,
    parcels integer NOT NULL,
    content json NOT NULL,
    sha256 text NOT NULL,
    request_key text,
    fingerprint text,
    issued_at timestamptz NOT NULL,
    issued_by text NOT NULL,
    CONSTRAINT extract_key PRIMARY KEY (number),
    CONSTRAINT extract_serial_once UNIQUE (county, year, serial),
    CONSTRAINT extract_request_once UNIQUE (issued_by, request_key),
    CONSTRAINT extract_layer_known FOREIGN KEY (layer) REFERENCES layer (code),
    CONSTRAINT extract_serial_positive CHECK (serial > 0),
    CONSTRAINT extract_parcels_positive CHECK (parcels > 0),
    CONSTRAINT extract_number_told CHECK (
        number = county || '-' || year || '-' || lpad(serial::text, greatest(6, length(serial::text)), '0')
    ),
    CONSTRAINT extract_hash_whole CHECK (sha256 = encode(sha256(convert_to(content::text, 'UTF8')), 'hex')),
    CONSTRAINT extract_fingerprint_of_key CHECK ((request_key IS NULL) = (fingerprint IS NULL))
);
CREATE INDEX extract_issued ON extract (issued_by, issued_at);
CREATE INDEX extract_feature ON extract (feature) WHERE feature IS NOT NULL;

-- A document as it was sent, in a format and a language, by the hash of its bytes.
CREATE TABLE extract_document (
    extract text NOT NULL,
    format text NOT NULL,
    language text NOT NULL,
    sha256 text NOT NULL,
    size integer NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    CONSTRAINT extract_document_key PRIMARY KEY (extract, sha256),
    CONSTRAINT extract_document_of_extract FOREIGN KEY (extract) REFERENCES extract (number),
    CONSTRAINT extract_document_format_known CHECK (format IN ('json', 'html', 'pdf')),
    CONSTRAINT extract_document_language_known CHECK (language IN ('zh', 'en')),
    CONSTRAINT extract_document_hash_whole CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT extract_document_size_positive CHECK (size > 0)
);
