-- A file that was sent to be imported: what is asked of it, how far that is, and what came of it.
CREATE TABLE import_job (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    layer text NOT NULL,
    state text NOT NULL DEFAULT 'sent',
    action text,
    choice jsonb NOT NULL DEFAULT '{}',
    done integer NOT NULL DEFAULT 0,
    whole integer NOT NULL DEFAULT 0,
    stopping boolean NOT NULL DEFAULT false,
    tables jsonb,
    report jsonb,
    problem jsonb,
    picture text,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT import_job_key PRIMARY KEY (id),
    CONSTRAINT import_job_layer_known FOREIGN KEY (layer) REFERENCES layer (code),
    CONSTRAINT import_job_state_known CHECK (
        state IN ('sent', 'waiting', 'running', 'checked', 'applied', 'refused', 'failed', 'cancelled')
    ),
    CONSTRAINT import_job_action_known CHECK (action IN ('check', 'apply')),
    CONSTRAINT import_job_choice_object CHECK (jsonb_typeof(choice) = 'object')
);
CREATE INDEX import_job_created ON import_job (created_at);
