-- Every earlier state of a feature is kept, and its version counts up.

CREATE OR REPLACE FUNCTION feature_version_keep() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO feature_version (
        layer, feature, version, code, name, org_unit, geom, area_m2, registered_area_m2, attributes,
        starts_on, due_on, source, source_row, recorded_at, recorded_by, reason, deleted_at
    )
    SELECT
        layer, id, version, code, name, org_unit, geom, area_m2, registered_area_m2, attributes,
        starts_on, due_on, source, source_row, recorded_at, recorded_by, reason, deleted_at
    FROM old_rows;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER feature_version_kept_on_update
AFTER UPDATE ON feature REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION feature_version_keep();

CREATE OR REPLACE TRIGGER feature_version_kept_on_delete
AFTER DELETE ON feature REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION feature_version_keep();

CREATE OR REPLACE FUNCTION feature_version_count() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    NEW.recorded_at := now();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER feature_version_counted
BEFORE UPDATE ON feature
FOR EACH ROW EXECUTE FUNCTION feature_version_count();

-- Milestones are never rewritten or removed: one that waits may be approved or returned, and any may be revoked.
CREATE OR REPLACE FUNCTION milestone_refuse_rewrite() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.layer, NEW.feature, NEW.milestone, NEW.reached_on, NEW.recorded_at, NEW.recorded_by,
            NEW.report)
        IS NOT DISTINCT FROM
        (OLD.id, OLD.layer, OLD.feature, OLD.milestone, OLD.reached_on, OLD.recorded_at, OLD.recorded_by, OLD.report)
        AND (OLD.revoked_at IS NULL OR NEW.revoked_at IS NOT DISTINCT FROM OLD.revoked_at)
        AND (
            OLD.state = 'pending'
            OR (NEW.state, NEW.judged_at, NEW.judged_by, NEW.judgement)
            IS NOT DISTINCT FROM (OLD.state, OLD.judged_at, OLD.judged_by, OLD.judgement)
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'milestone % is history', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'milestone_append_only', TABLE = 'milestone';
END
$$;

CREATE OR REPLACE TRIGGER milestone_append_only
BEFORE UPDATE OR DELETE ON milestone
FOR EACH ROW EXECUTE FUNCTION milestone_refuse_rewrite();
