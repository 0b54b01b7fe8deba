INSERT INTO target (layer, measure, milestone, org_unit, starts_on, ends_on, value, origin)
SELECT
    layer_measure.layer,
    layer_measure.measure,
    %(milestone)s::text,
    %(org_unit)s::text,
    %(starts_on)s::date,
    %(ends_on)s::date,
    %(value)s::numeric * layer_measure.divisor / layer_measure.factor,
    %(origin)s::text
FROM layer_measure
WHERE layer_measure.layer = %(layer)s::text AND layer_measure.measure = %(measure)s::text
ON CONFLICT ON CONSTRAINT target_once DO UPDATE
SET
    value = excluded.value,
    origin = excluded.origin
RETURNING id;
