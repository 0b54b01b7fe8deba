-- The features of an activity with what each weighs: one, its registered or drawn area in m², its people.
WITH weighing AS MATERIALIZED (
    SELECT DISTINCT ON (layer_measure.layer)
        layer_measure.layer,
        layer_measure.source
    FROM layer_measure
    WHERE
        (%(basis)s::text = 'by_area' AND layer_measure.unit IN ('mu', 'hectare'))
        OR (%(basis)s::text = 'by_people' AND layer_measure.unit = 'person')
    ORDER BY layer_measure.layer, layer_measure.place
)

SELECT
    feature.layer,
    feature.id,
    CASE
        WHEN %(basis)s::text IN ('by_area', 'by_people')
            THEN measure_value(weighing.source, feature.area_m2, feature.registered_area_m2, feature.attributes)
        ELSE 1
    END AS weight
FROM activity_feature
INNER JOIN feature ON feature.layer = activity_feature.layer AND feature.id = activity_feature.feature
LEFT JOIN weighing ON weighing.layer = feature.layer
WHERE
    activity_feature.activity = %(activity)s::text
    AND feature.deleted_at IS NULL
    AND (%(layer)s::text IS NULL OR feature.layer = %(layer)s::text)
    AND (%(features)s::uuid[] IS NULL OR feature.id = ANY(%(features)s::uuid[]))
    AND (
        %(org_unit)s::text IS NULL
        OR coalesce(feature.org_unit, '') = ANY(
            ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text)
        )
    )
ORDER BY feature.layer, feature.code;
