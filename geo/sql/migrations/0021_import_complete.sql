-- That the file of an import holds all there is of a layer in some units, as of a day: what it lacks is not there.
CREATE TABLE import_complete (
    import bigint NOT NULL,
    layer text NOT NULL,
    org_unit text NOT NULL,
    as_of date NOT NULL,
    file text NOT NULL,
    stated_by text NOT NULL,
    stated_at timestamptz NOT NULL DEFAULT now(),
    undone_at timestamptz,
    CONSTRAINT import_complete_key PRIMARY KEY (import, org_unit),
    CONSTRAINT import_complete_import_known FOREIGN KEY (import) REFERENCES import (id) ON DELETE CASCADE,
    CONSTRAINT import_complete_org_unit_known FOREIGN KEY (org_unit) REFERENCES org_unit (code) ON DELETE CASCADE
);
CREATE INDEX import_complete_place ON import_complete (layer, org_unit) WHERE undone_at IS NULL;
