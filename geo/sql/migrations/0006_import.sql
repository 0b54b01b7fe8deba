-- What an import needs to be undone, and the meanings of headings that are kept for the next file.

ALTER TABLE import
ADD COLUMN undone_at timestamptz,
ADD COLUMN undone_by text,
ADD CONSTRAINT import_undone_by_someone CHECK ((undone_at IS NULL) = (undone_by IS NULL));

-- The import whose file revoked a milestone; NULL where somebody did so by hand.
ALTER TABLE milestone
ADD COLUMN revoked_source bigint,
ADD CONSTRAINT milestone_revoked_source_known FOREIGN KEY (revoked_source) REFERENCES import (id);

-- Personal columns as they were before an import changed them; NULL where there were none.
CREATE TABLE import_private (
    import bigint NOT NULL,
    layer text NOT NULL,
    feature uuid NOT NULL,
    attributes jsonb,
    CONSTRAINT import_private_key PRIMARY KEY (import, layer, feature),
    CONSTRAINT import_private_import_known FOREIGN KEY (import) REFERENCES import (id),
    CONSTRAINT import_private_feature_known FOREIGN KEY (layer, feature)
    REFERENCES feature (layer, id) ON DELETE CASCADE
);
CREATE INDEX import_private_feature ON import_private (layer, feature);

-- What the headings of a layer's files mean, as somebody confirmed it; files with the same headings have the same
-- fingerprint.
CREATE TABLE import_mapping (
    layer text NOT NULL,
    name text NOT NULL,
    fingerprint text NOT NULL,
    mapping jsonb NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(),
    saved_by text NOT NULL,
    CONSTRAINT import_mapping_key PRIMARY KEY (layer, name),
    CONSTRAINT import_mapping_layer_known FOREIGN KEY (layer) REFERENCES layer (code),
    CONSTRAINT import_mapping_object CHECK (jsonb_typeof(mapping) = 'object')
);
CREATE INDEX import_mapping_fingerprint ON import_mapping (layer, fingerprint);
