-- Columns the file does not have stay as they are; the file's empty cells empty what was there.
WITH next AS (
    SELECT
        feature.id,
        CASE WHEN 'name' = ANY(%(given)s::text[]) THEN staged.name ELSE feature.name END AS name,
        coalesce(staged.org_unit, feature.org_unit) AS org_unit,
        coalesce(staged.geom, feature.geom) AS geom,
        coalesce(staged.area_m2, feature.area_m2) AS area_m2,
        CASE
            WHEN 'registered_area_m2' = ANY(%(given)s::text[]) THEN staged.registered_area_m2
            ELSE feature.registered_area_m2
        END AS registered_area_m2,
        (feature.attributes - %(public)s::text[]) || staged.attributes AS attributes,
        CASE WHEN 'starts_on' = ANY(%(given)s::text[]) THEN staged.starts_on ELSE feature.starts_on END AS starts_on,
        CASE WHEN 'due_on' = ANY(%(given)s::text[]) THEN staged.due_on ELSE feature.due_on END AS due_on,
        staged.source,
        staged.source_row,
        staged.recorded_by,
        staged.reason
    FROM {staging} AS staged
    INNER JOIN feature ON feature.layer = staged.layer AND feature.code = staged.code
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
    RETURNING feature.id
)

INSERT INTO staged_change (feature, fresh)
SELECT
    id,
    false
FROM changed;
