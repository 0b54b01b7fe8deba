-- The features of a layer as an export writes them: a row each, with its valid milestones as an object of dates.
SELECT
    feature.code,
    feature.name,
    CASE org_unit.level WHEN 'township' THEN org_unit.code WHEN 'village' THEN org_unit.parent END AS township,
    CASE org_unit.level WHEN 'village' THEN org_unit.code END AS village,
    feature.registered_area_m2::float8 AS registered_area_m2,
    feature.starts_on,
    feature.due_on,
    feature.attributes,
    st_asbinary(feature.geom) AS geom,
    record.milestones
FROM feature
LEFT JOIN org_unit ON org_unit.code = feature.org_unit
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(milestone.milestone, milestone.reached_on) AS milestones
    FROM milestone
    WHERE
        milestone.layer = feature.layer
        AND milestone.feature = feature.id
        AND milestone.state = 'approved'
        AND milestone.revoked_at IS NULL
) AS record ON true
WHERE
    feature.layer = %(layer)s::text
    AND feature.deleted_at IS NULL
ORDER BY feature.code;
