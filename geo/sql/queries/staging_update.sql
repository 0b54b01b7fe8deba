-- Columns the file does not have stay as they are; the file's empty cells empty what was there. A feature that was
-- removed comes back as the file states it, with nothing of what it was.
-- Where the file states no unit, the one in which a geometry lies does not replace a stored one that it agrees with.
-- The same shape written otherwise (rings begun elsewhere or turned round, to a millimetre) changes nothing.
WITH pair AS MATERIALIZED (
    SELECT
        staged.code,
        CASE
            WHEN staged.geom IS NULL THEN true
            WHEN st_asbinary(feature.geom) = st_asbinary(staged.geom) THEN true
            ELSE coalesce(st_hausdorffdistance(feature.geom, staged.geom) <= 1e-8, false)
        END AS same
    FROM {staging} AS staged
    INNER JOIN feature ON feature.layer = staged.layer AND feature.code = staged.code
    WHERE feature.deleted_at IS NULL
),

next AS (
    SELECT
        feature.id,
        CASE
            WHEN feature.deleted_at IS NOT NULL OR 'name' = ANY(%(given)s::text[]) THEN staged.name
            ELSE feature.name
        END AS name,
        CASE
            WHEN feature.deleted_at IS NOT NULL THEN staged.org_unit
            WHEN %(given)s::text[] && '{{township,village}}' THEN coalesce(staged.org_unit, feature.org_unit)
            WHEN pair.same OR held.parent = staged.org_unit THEN coalesce(feature.org_unit, staged.org_unit)
            ELSE coalesce(staged.org_unit, feature.org_unit)
        END AS org_unit,
        CASE WHEN pair.same THEN feature.geom ELSE staged.geom END AS geom,
        CASE WHEN pair.same THEN feature.area_m2 ELSE staged.area_m2 END AS area_m2,
        CASE
            WHEN
                feature.deleted_at IS NOT NULL OR 'registered_area_m2' = ANY(%(given)s::text[])
                THEN staged.registered_area_m2
            ELSE feature.registered_area_m2
        END AS registered_area_m2,
        CASE
            WHEN feature.deleted_at IS NULL THEN (feature.attributes - %(public)s::text[]) || staged.attributes
            ELSE staged.attributes
        END AS attributes,
        CASE
            WHEN feature.deleted_at IS NOT NULL OR 'starts_on' = ANY(%(given)s::text[]) THEN staged.starts_on
            ELSE feature.starts_on
        END AS starts_on,
        CASE
            WHEN feature.deleted_at IS NOT NULL OR 'due_on' = ANY(%(given)s::text[]) THEN staged.due_on
            ELSE feature.due_on
        END AS due_on,
        staged.source,
        staged.source_row,
        staged.recorded_by,
        staged.reason,
        feature.deleted_at IS NOT NULL AS revived
    FROM {staging} AS staged
    INNER JOIN feature ON feature.layer = staged.layer AND feature.code = staged.code
    LEFT JOIN pair ON pair.code = staged.code
    LEFT JOIN org_unit AS held ON held.code = feature.org_unit
),

changed AS (
    UPDATE feature
    SET
        name = next.name,
        org_unit = next.org_unit,
        geom = next.geom,
        area_m2 = next.area_m2,
        registered_area_m2 = next.registered_area_m2,
        attributes = next.attributes,
        starts_on = next.starts_on,
        due_on = next.due_on,
        source = next.source,
        source_row = next.source_row,
        recorded_by = next.recorded_by,
        reason = next.reason,
        deleted_at = NULL
    FROM next
    WHERE
        feature.layer = {layer}
        AND feature.id = next.id
        AND (
            feature.deleted_at IS NOT NULL
            OR (
                feature.name, feature.org_unit, feature.area_m2, feature.registered_area_m2, feature.attributes,
                feature.starts_on, feature.due_on
            ) IS DISTINCT FROM (
                next.name, next.org_unit, next.area_m2, next.registered_area_m2, next.attributes,
                next.starts_on, next.due_on
            )
            OR st_asbinary(feature.geom) IS DISTINCT FROM st_asbinary(next.geom)
        )
    RETURNING feature.id, next.revived
)

INSERT INTO staged_change (feature, fresh)
SELECT
    id,
    revived
FROM changed;
