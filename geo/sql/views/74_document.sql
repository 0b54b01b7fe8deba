-- Documents of features: what was added stays as it is, also for the owner; only a withdrawal is noted on it, once.

CREATE OR REPLACE FUNCTION feature_document_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    noted CONSTANT text[] := ARRAY['withdrawn_at', 'withdrawn_by', 'reason'];
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'feature_document' THEN
        IF to_jsonb(OLD) ->> 'withdrawn_at' IS NULL AND to_jsonb(OLD) - noted = to_jsonb(NEW) - noted THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'documents are only added to and withdrawn'
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'feature_document_append_only';
END
$$;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['feature_document', 'feature_document_content'] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER feature_document_append_only BEFORE UPDATE OR DELETE ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION feature_document_refuse()',
            kept
        );
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER feature_document_append_only', kept);
    END LOOP;
END
$$;
