-- The features of a layer that are listed on a day, as an export writes them: a row each, with the dates of the
-- milestones reached by then as an object.
SELECT
    feature.code,
    feature.name,
    CASE org_unit.level WHEN 'township' THEN org_unit.code WHEN 'village' THEN org_unit.parent END AS township,
    CASE org_unit.level WHEN 'village' THEN org_unit.code END AS village,
    feature.registered_area_m2::float8 AS registered_area_m2,
    feature.starts_on,
    feature.due_on,
    feature.attributes,
    st_asbinary(feature.geom, 'NDR') AS geom,
    at_day.status,
    record.milestones
FROM feature
LEFT JOIN org_unit ON org_unit.code = feature.org_unit
CROSS JOIN LATERAL feature_at(
    feature.layer, feature.id, feature.starts_on, feature.due_on, %(as_of)s::date
) AS at_day
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(milestone.milestone, milestone.reached_on) AS milestones
    FROM milestone
    WHERE
        milestone.layer = feature.layer
        AND milestone.feature = feature.id
        AND milestone.state = 'approved'
        AND milestone.revoked_at IS NULL
        AND milestone.reached_on <= %(as_of)s::date
) AS record ON at_day.milestones IS NOT NULL
WHERE
    feature.layer = %(layer)s::text
    AND feature.deleted_at IS NULL
    AND (
        %(org_unit)s::text IS NULL
        OR feature.org_unit = ANY(
            ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text)
        )
        OR (
            feature.org_unit IS NULL
            AND EXISTS (
                SELECT
                FROM org_unit_ancestor AS below
                WHERE below.ancestor = %(org_unit)s::text AND below.unit = ''
            )
        )
    )
    AND (
        %(q)s::text IS NULL
        OR strpos(lower(feature.code), lower(%(q)s::text)) > 0
        OR strpos(lower(feature.name), lower(%(q)s::text)) > 0
    )
    AND (
        %(west)s::float8 IS NULL
        OR feature.geom && st_makeenvelope(
            %(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4490
        )
    )
    AND (%(status)s::text IS NULL OR at_day.status = %(status)s::text)
    AND (%(milestone)s::text IS NULL OR %(milestone)s::text = ANY(at_day.milestones))
ORDER BY feature.code;
