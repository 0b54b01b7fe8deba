-- Extracts that were issued: their numbers, what anybody may be told of one, and that none is ever altered.

-- The next number of a county in a year: they follow one another without a gap. Whoever takes one holds the others up
-- until the transaction ends, which is why a document is only made afterwards.
CREATE OR REPLACE FUNCTION extract_next(of_county text, of_year integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(of_county || ' ' || of_year, 7233617));
    RETURN (
        SELECT coalesce(max(serial), 0) + 1 FROM extract WHERE county = of_county AND year = of_year
    );
END
$$;

-- What whoever is signed in is told of an extract that they may not see: when it was issued, as of which day, and
-- whether a hash is that of its content or of a document made of it. No row where there is none.
CREATE OR REPLACE FUNCTION extract_check(of_number text, of_hash text)
RETURNS TABLE (issued_at timestamptz, as_of date, matches boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT
        extract.issued_at,
        extract.as_of,
        extract.sha256 = of_hash OR EXISTS (
            SELECT FROM extract_document
            WHERE extract_document.extract = extract.number AND extract_document.sha256 = of_hash
        )
    FROM extract
    WHERE extract.number = of_number AND viewer_name() IS NOT NULL
$$;

-- What was issued stays as it was issued, also for the owner.
CREATE OR REPLACE FUNCTION extract_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'extracts are only added to'
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'extract_append_only';
END
$$;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['extract', 'extract_document'] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER extract_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION extract_refuse()',
            kept
        );
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER extract_append_only', kept);
    END LOOP;
END
$$;

-- When a layer was last imported, and whether any of it is an illustration; whose file it was is told by import itself.
CREATE OR REPLACE VIEW layer_source AS
SELECT
    import.layer,
    max(import.id) AS last_import,
    max(import.imported_at) AS imported_at,
    bool_or(import.illustrative) AS illustrative
FROM import
WHERE import.layer IS NOT NULL AND import.undone_at IS NULL
GROUP BY import.layer;
