-- Keeps org_unit_ancestor equal to the tree of units, and the sums of progress and money right when the tree changes.

CREATE OR REPLACE FUNCTION org_unit_ancestor_refresh() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    counted boolean;
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
    ),
    moved AS (
        SELECT unit FROM gone
        UNION
        SELECT unit FROM added
    )
    SELECT
        EXISTS (SELECT FROM feature INNER JOIN moved ON moved.unit = feature.org_unit)
        OR EXISTS (SELECT FROM feature WHERE feature.org_unit IS NULL AND EXISTS (SELECT FROM moved WHERE unit = ''))
    INTO counted;
    IF counted THEN
        PERFORM progress_recount();
        PERFORM money_recount();
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER org_unit_tree_changed
AFTER INSERT OR DELETE OR UPDATE OF code, parent ON org_unit
FOR EACH STATEMENT EXECUTE FUNCTION org_unit_ancestor_refresh();
