-- What was said of a claim stays said: a note is added, never changed or removed.

CREATE OR REPLACE FUNCTION claim_note_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'notes on claims are only added' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER claim_note_only_added
BEFORE UPDATE OR DELETE ON claim_note
FOR EACH ROW EXECUTE FUNCTION claim_note_refuse();
