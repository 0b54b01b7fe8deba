-- The targets of layers that are declared, in the unit people read; the newest period first.
SELECT
    json_build_object(
        'targets', coalesce(
            json_agg(
                json_build_object(
                    'id', target.id,
                    'layer', target.layer,
                    'measure', target.measure,
                    'unit', layer_measure.unit,
                    'milestone', target.milestone,
                    'completes', layer_milestone.completes,
                    'org_unit', target.org_unit,
                    'starts_on', target.starts_on,
                    'ends_on', target.ends_on,
                    'value', trim_scale(round(target.value * layer_measure.factor / layer_measure.divisor, 6)),
                    'origin', target.origin
                )
                ORDER BY
                    layer.place,
                    target.layer,
                    target.starts_on DESC,
                    target.ends_on DESC,
                    layer_measure.place,
                    layer_milestone.place,
                    org_unit.parent IS NOT NULL,
                    target.org_unit,
                    target.id
            ),
            '[]'
        )
    )::text
FROM target
INNER JOIN layer_measure ON layer_measure.layer = target.layer AND layer_measure.measure = target.measure
INNER JOIN layer_milestone ON layer_milestone.layer = target.layer AND layer_milestone.milestone = target.milestone
INNER JOIN layer ON layer.code = target.layer
INNER JOIN org_unit ON org_unit.code = target.org_unit
WHERE
    layer.declared
    AND (%(layer)s::text IS NULL OR target.layer = %(layer)s::text)
    AND (%(org_unit)s::text IS NULL OR target.org_unit = %(org_unit)s::text);
