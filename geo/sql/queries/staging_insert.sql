WITH added AS (
    INSERT INTO feature (
        layer, id, code, name, org_unit, geom, area_m2, registered_area_m2, attributes,
        starts_on, due_on, source, source_row, recorded_by, reason
    )
    SELECT
        staged.layer,
        staged.id,
        staged.code,
        staged.name,
        staged.org_unit,
        staged.geom,
        staged.area_m2,
        staged.registered_area_m2,
        staged.attributes,
        staged.starts_on,
        staged.due_on,
        staged.source,
        staged.source_row,
        staged.recorded_by,
        staged.reason
    FROM {staging} AS staged
    WHERE NOT EXISTS (
        SELECT
        FROM feature
        WHERE feature.layer = staged.layer AND feature.code = staged.code
    )
    RETURNING id
)

INSERT INTO staged_change (feature, fresh)
SELECT
    id,
    true
FROM added;
