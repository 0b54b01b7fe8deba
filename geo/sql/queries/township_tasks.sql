-- Of which layers and measures any township of a county has been given a target by a day.
SELECT DISTINCT
    target.layer,
    target.measure
FROM target
INNER JOIN layer_milestone USING (layer, milestone)
WHERE
    layer_milestone.completes
    AND target.starts_on <= %(as_of)s::date
    AND target.org_unit = ANY(ARRAY(
        SELECT org_unit.code FROM org_unit WHERE org_unit.parent = %(county)s::text AND org_unit.level = 'township'
    ));
