INSERT INTO import_mapping (layer, name, fingerprint, mapping, saved_by)
VALUES (%(layer)s::text, %(name)s::text, %(fingerprint)s::text, %(mapping)s::jsonb, %(by)s::text)
ON CONFLICT ON CONSTRAINT import_mapping_key DO UPDATE
SET fingerprint = excluded.fingerprint, mapping = excluded.mapping, saved_at = now(), saved_by = excluded.saved_by;
