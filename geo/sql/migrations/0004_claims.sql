-- Documents that state figures, what a claim is read from, and who judged it how; nothing judged is ever overwritten.

CREATE TABLE claim_document (
    code text NOT NULL,
    title text NOT NULL,
    year integer NOT NULL,
    illustrative boolean NOT NULL DEFAULT false,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT claim_document_key PRIMARY KEY (code),
    CONSTRAINT claim_document_year_sane CHECK (year BETWEEN 1950 AND 2199)
);

INSERT INTO claim_document (code, title, year)
SELECT
    document,
    document AS title,
    coalesce(extract(YEAR FROM max(as_of)), extract(YEAR FROM now()))
FROM claim
GROUP BY document;

ALTER TABLE claim
ADD COLUMN system text NOT NULL DEFAULT 'unknown',
ADD COLUMN sentence text NOT NULL DEFAULT '',
ADD COLUMN place bigint GENERATED ALWAYS AS IDENTITY,
ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN recorded_by text NOT NULL DEFAULT current_user,
ADD CONSTRAINT claim_document_known FOREIGN KEY (document) REFERENCES claim_document (code);

CREATE TABLE claim_note (
    id bigint GENERATED ALWAYS AS IDENTITY,
    document text NOT NULL,
    claim text NOT NULL,
    status text NOT NULL,
    note text NOT NULL DEFAULT '',
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL,
    CONSTRAINT claim_note_key PRIMARY KEY (id),
    CONSTRAINT claim_note_claim_known FOREIGN KEY (document, claim) REFERENCES claim (document, id),
    CONSTRAINT claim_note_status_known CHECK (status IN ('open', 'accepted', 'to_correct', 'corrected')),
    CONSTRAINT claim_note_accepted_with_reason CHECK (status <> 'accepted' OR trim(note) <> '')
);
CREATE INDEX claim_note_claim ON claim_note (document, claim);
