-- Parcels as planners keep them, and overlays of a batch that take longer than anybody waits for an answer.

-- Where the parcels came from: a file (with its hash), a drawing, coordinates that were pasted, or features. What was
-- wrong with parcels that could not be kept stays with their batch.
ALTER TABLE parcel_batch
ADD COLUMN origin text NOT NULL DEFAULT 'file',
ADD COLUMN sha256 text,
ADD COLUMN shared boolean NOT NULL DEFAULT false,
ADD COLUMN notes jsonb NOT NULL DEFAULT '[]',
ADD COLUMN problems jsonb NOT NULL DEFAULT '[]',
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN withdrawn_at timestamptz,
ADD CONSTRAINT parcel_batch_origin_known CHECK (origin IN ('file', 'drawing', 'coordinates', 'features')),
ADD CONSTRAINT parcel_batch_name_said CHECK (char_length(name) BETWEEN 1 AND 200),
ADD CONSTRAINT parcel_batch_notes_list CHECK (jsonb_typeof(notes) = 'array'),
ADD CONSTRAINT parcel_batch_problems_list CHECK (jsonb_typeof(problems) = 'array');
CREATE INDEX parcel_batch_created ON parcel_batch (created_at, id) WHERE withdrawn_at IS NULL;

-- In the order of its batch; source_row is the row of its file. Problems let it be overlaid all the same.
ALTER TABLE parcel
ADD COLUMN place integer NOT NULL DEFAULT 1,
ADD COLUMN kind text,
ADD COLUMN source_row integer,
ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}',
ADD COLUMN problems jsonb NOT NULL DEFAULT '[]',
ADD CONSTRAINT parcel_number_said CHECK (char_length(number) BETWEEN 1 AND 200),
ADD CONSTRAINT parcel_area_positive CHECK (area_m2 > 0),
ADD CONSTRAINT parcel_registered_positive CHECK (registered_area_m2 > 0),
ADD CONSTRAINT parcel_attributes_object CHECK (jsonb_typeof(attributes) = 'object'),
ADD CONSTRAINT parcel_problems_list CHECK (jsonb_typeof(problems) = 'array');
CREATE INDEX parcel_batch_place ON parcel (batch, place);

-- An overlay of a batch as a job. It acts for whoever asked by a secret of its own, of which the hash is kept as long
-- as it runs; verbs are what the credential it was asked with allowed.
CREATE TABLE overlay_job (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    batch uuid NOT NULL,
    layers text[],
    as_of date NOT NULL,
    within_m jsonb NOT NULL DEFAULT '{}',
    language text NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    done integer NOT NULL DEFAULT 0,
    whole integer NOT NULL DEFAULT 0,
    stopping boolean NOT NULL DEFAULT false,
    problem jsonb,
    verbs text[] NOT NULL,
    hash text,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT overlay_job_key PRIMARY KEY (id),
    CONSTRAINT overlay_job_batch_known FOREIGN KEY (batch) REFERENCES parcel_batch (id) ON DELETE CASCADE,
    CONSTRAINT overlay_job_state_known CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    CONSTRAINT overlay_job_within_object CHECK (jsonb_typeof(within_m) = 'object'),
    CONSTRAINT overlay_job_hash_once UNIQUE (hash),
    CONSTRAINT overlay_job_hash_while_running CHECK (hash IS NULL OR state = 'running')
);
CREATE INDEX overlay_job_batch ON overlay_job (batch, created_at);
CREATE INDEX overlay_job_changed ON overlay_job (changed_at);

-- What a job found of each parcel; weight orders them, what stands against them most first.
CREATE TABLE overlay_result (
    job uuid NOT NULL,
    place integer NOT NULL,
    weight smallint NOT NULL,
    level text,
    told json NOT NULL,
    CONSTRAINT overlay_result_key PRIMARY KEY (job, place),
    CONSTRAINT overlay_result_job_known FOREIGN KEY (job) REFERENCES overlay_job (id) ON DELETE CASCADE,
    CONSTRAINT overlay_result_level_known CHECK (level IN ('note', 'review', 'blocked'))
);
CREATE INDEX overlay_result_weight ON overlay_result (job, weight DESC, place);
