-- Keeps org_unit_ancestor equal to the tree of units.

CREATE OR REPLACE FUNCTION org_unit_ancestor_refresh() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM org_unit_ancestor;
    WITH RECURSIVE tree (unit, ancestor) AS (
        SELECT code, code FROM org_unit
        UNION ALL
        SELECT tree.unit, org_unit.parent
        FROM tree
        INNER JOIN org_unit ON org_unit.code = tree.ancestor
        WHERE org_unit.parent IS NOT NULL
    )
    INSERT INTO org_unit_ancestor (unit, ancestor)
    SELECT unit, ancestor FROM tree
    UNION ALL
    SELECT '', ''
    UNION ALL
    SELECT '', code FROM org_unit WHERE parent IS NULL;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER org_unit_tree_changed
AFTER INSERT OR DELETE OR UPDATE OF code, parent ON org_unit
FOR EACH STATEMENT EXECUTE FUNCTION org_unit_ancestor_refresh();
