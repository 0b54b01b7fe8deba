-- Keeps org_unit_ancestor equal to the tree of units, and the sums of progress and money right when the tree changes.

CREATE OR REPLACE FUNCTION org_unit_ancestor_refresh() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    moved text[];
BEGIN
    WITH RECURSIVE tree (unit, ancestor) AS (
        SELECT code, code FROM org_unit
        UNION ALL
        SELECT tree.unit, org_unit.parent
        FROM tree
        INNER JOIN org_unit ON org_unit.code = tree.ancestor
        WHERE org_unit.parent IS NOT NULL
    ),
    wanted AS (
        SELECT unit, ancestor FROM tree
        UNION ALL
        SELECT '', ''
        UNION ALL
        SELECT '', code FROM org_unit WHERE parent IS NULL
    ),
    gone AS (
        DELETE FROM org_unit_ancestor AS kept
        WHERE NOT EXISTS (SELECT FROM wanted WHERE wanted.unit = kept.unit AND wanted.ancestor = kept.ancestor)
        RETURNING kept.unit
    ),
    added AS (
        INSERT INTO org_unit_ancestor (unit, ancestor)
        SELECT unit, ancestor FROM wanted
        EXCEPT
        SELECT unit, ancestor FROM org_unit_ancestor
        RETURNING unit
    )
    SELECT array_agg(changed.unit) INTO moved FROM (SELECT unit FROM gone UNION SELECT unit FROM added) AS changed;
    IF moved IS NULL THEN
        RETURN NULL;
    END IF;
    -- Whoever writes sums waits until this is committed, or is waited for: a feature that comes into a unit meanwhile
    -- would else be counted for the units that were above it.
    LOCK TABLE progress_delta, progress_day, progress_month, progress_year, money_delta, money_day IN EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM feature WHERE org_unit = ANY (moved))
        OR ('' = ANY (moved) AND EXISTS (SELECT FROM feature WHERE org_unit IS NULL))
    THEN
        PERFORM progress_recount();
        PERFORM money_recount();
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER org_unit_tree_changed
AFTER INSERT OR DELETE OR UPDATE OF code, parent ON org_unit
FOR EACH STATEMENT EXECUTE FUNCTION org_unit_ancestor_refresh();
