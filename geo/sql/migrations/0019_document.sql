-- Papers that belong to a feature: approvals, acceptance minutes, agreements, contracts, survey reports.

-- What is said of one. Only its withdrawal is ever added; what is there twice is there once.
CREATE TABLE feature_document (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    layer text NOT NULL,
    feature uuid NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    number text,
    dated_on date,
    personal boolean NOT NULL DEFAULT true,
    media_type text NOT NULL,
    size integer NOT NULL,
    sha256 text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text,
    reason text,
    CONSTRAINT feature_document_key PRIMARY KEY (id),
    CONSTRAINT feature_document_content_once UNIQUE (id, sha256, size),
    CONSTRAINT feature_document_feature_known FOREIGN KEY (layer, feature) REFERENCES feature (layer, id),
    CONSTRAINT feature_document_kind_known CHECK (
        kind IN ('approval', 'acceptance', 'agreement', 'contract', 'survey', 'other')
    ),
    CONSTRAINT feature_document_title_said CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT feature_document_number_said CHECK (char_length(number) BETWEEN 1 AND 100),
    CONSTRAINT feature_document_date_sane CHECK (dated_on BETWEEN '1949-10-01' AND '2199-12-31'),
    CONSTRAINT feature_document_size_positive CHECK (size > 0),
    CONSTRAINT feature_document_hash_whole CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT feature_document_withdrawn_with_reason CHECK (
        (withdrawn_at IS NULL AND withdrawn_by IS NULL AND reason IS NULL)
        OR (withdrawn_at IS NOT NULL AND withdrawn_by <> '' AND char_length(reason) BETWEEN 2 AND 200)
    )
);
CREATE INDEX feature_document_feature ON feature_document (layer, feature, recorded_at);
CREATE UNIQUE INDEX feature_document_same ON feature_document (layer, feature, sha256) WHERE withdrawn_at IS NULL;

-- The file as it was sent, with the name that it had: names hold personal data as often as what they name.
CREATE TABLE feature_document_content (
    document uuid NOT NULL,
    sha256 text NOT NULL,
    size integer NOT NULL,
    name text NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT feature_document_content_key PRIMARY KEY (document),
    CONSTRAINT feature_document_content_of_document FOREIGN KEY (document, sha256, size)
    REFERENCES feature_document (id, sha256, size),
    CONSTRAINT feature_document_content_hash_whole CHECK (sha256 = encode(sha256(content), 'hex')),
    CONSTRAINT feature_document_content_size_told CHECK (size = octet_length(content)),
    CONSTRAINT feature_document_content_name_said CHECK (char_length(name) BETWEEN 1 AND 200)
);
ALTER TABLE feature_document_content ALTER COLUMN content SET STORAGE EXTERNAL;
