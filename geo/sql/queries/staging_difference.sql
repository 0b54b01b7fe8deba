-- What the file changed of features that were there, field by field: each against its state before.
WITH touched AS (
    SELECT DISTINCT feature
    FROM staged_change
    WHERE NOT fresh
),

paired AS MATERIALIZED (
    SELECT
        feature.id,
        former.attributes || jsonb_build_object(
            'name', former.name,
            'org_unit', former.org_unit,
            'area_m2', former.area_m2,
            'registered_area_m2', former.registered_area_m2,
            'starts_on', former.starts_on,
            'due_on', former.due_on
        ) AS old,
        feature.attributes || jsonb_build_object(
            'name', feature.name,
            'org_unit', feature.org_unit,
            'area_m2', feature.area_m2,
            'registered_area_m2', feature.registered_area_m2,
            'starts_on', feature.starts_on,
            'due_on', feature.due_on
        ) AS new,
        former.geom AS old_geom,
        feature.geom AS new_geom
    FROM touched
    INNER JOIN feature ON feature.layer = {layer} AND feature.id = touched.feature
    INNER JOIN feature_version AS former
        ON
            former.layer = feature.layer
            AND former.feature = feature.id
            AND former.version = feature.version - 1
            AND former.replaced_at = now()
)

INSERT INTO staged_difference (feature, field, old, new)
SELECT
    paired.id,
    member.field,
    paired.old ->> member.field,
    paired.new ->> member.field
FROM paired
CROSS JOIN jsonb_object_keys(paired.old || paired.new) AS member (field)
WHERE
    paired.old ->> member.field IS DISTINCT FROM paired.new ->> member.field
    AND (
        member.field = ANY(%(public)s::text[])
        OR member.field IN ('name', 'org_unit', 'area_m2', 'registered_area_m2', 'starts_on', 'due_on')
    )
UNION ALL
SELECT
    paired.id,
    'geometry',
    geometrytype(paired.old_geom) || ' (' || st_npoints(paired.old_geom) || ')',
    geometrytype(paired.new_geom) || ' (' || st_npoints(paired.new_geom) || ')'
FROM paired
WHERE st_asbinary(paired.old_geom) IS DISTINCT FROM st_asbinary(paired.new_geom);
