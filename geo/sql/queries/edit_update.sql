-- Attributes that the layer no longer declares stay as they are.
WITH next AS (
    SELECT
        %(code)s::text AS code,
        %(called)s::text AS name,
        %(org_unit)s::text AS org_unit,
        st_geomfromwkb(%(geom)s::bytea, 4490) AS geom,
        %(area_m2)s::numeric(16, 2) AS area_m2,
        %(registered_area_m2)s::numeric(16, 2) AS registered_area_m2,
        %(attributes)s::jsonb AS attributes,
        %(starts_on)s::date AS starts_on,
        %(due_on)s::date AS due_on
)

UPDATE feature
SET
    code = next.code,
    name = next.name,
    org_unit = next.org_unit,
    geom = next.geom,
    area_m2 = next.area_m2,
    registered_area_m2 = next.registered_area_m2,
    attributes = (feature.attributes - %(public)s::text[]) || next.attributes,
    starts_on = next.starts_on,
    due_on = next.due_on,
    recorded_by = %(by)s::text,
    reason = %(reason)s::text
FROM next
WHERE
    feature.layer = %(layer)s::text
    AND feature.id = %(feature)s::uuid
    AND (
        %(touched)s::boolean
        OR (
            feature.code, feature.name, feature.org_unit, feature.area_m2, feature.registered_area_m2,
            feature.attributes, feature.starts_on, feature.due_on
        ) IS DISTINCT FROM (
            next.code, next.name, next.org_unit, next.area_m2, next.registered_area_m2,
            (feature.attributes - %(public)s::text[]) || next.attributes, next.starts_on, next.due_on
        )
        OR st_asbinary(feature.geom) IS DISTINCT FROM st_asbinary(next.geom)
    )
RETURNING feature.version;
