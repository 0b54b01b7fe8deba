-- The task of a year, for the county and for each township that has a part in it: what the chosen features come to.
INSERT INTO target (layer, measure, milestone, org_unit, starts_on, ends_on, value, origin)
SELECT
    layer_measure.layer,
    layer_measure.measure,
    layer_milestone.milestone,
    org_unit.code,
    %(starts_on)s::date,
    %(ends_on)s::date,
    -- The report states hundredths of its unit, and single areas are rounded.
    round(
        sum(measure_value(layer_measure.source, feature.area_m2, feature.registered_area_m2, feature.attributes))
        * layer_measure.factor / layer_measure.divisor,
        2
    ) * layer_measure.divisor / layer_measure.factor,
    %(origin)s::text
FROM feature
INNER JOIN org_unit_ancestor AS above ON above.unit = coalesce(feature.org_unit, '')
INNER JOIN org_unit ON org_unit.code = above.ancestor
INNER JOIN layer_measure ON layer_measure.layer = feature.layer
INNER JOIN layer_milestone ON layer_milestone.layer = feature.layer
WHERE
    feature.layer = %(layer)s::text
    AND feature.deleted_at IS NULL
    AND feature.attributes ->> %(attribute)s::text = %(value)s::text
    AND layer_measure.measure = %(measure)s::text
    AND layer_milestone.completes
    AND org_unit.level IN ('county', 'township')
GROUP BY
    layer_measure.layer,
    layer_measure.measure,
    layer_measure.factor,
    layer_measure.divisor,
    layer_milestone.milestone,
    org_unit.code
HAVING
    sum(
        measure_value(layer_measure.source, feature.area_m2, feature.registered_area_m2, feature.attributes)
    ) > 0
ON CONFLICT ON CONSTRAINT target_once DO UPDATE
SET
    value = excluded.value,
    origin = excluded.origin;
