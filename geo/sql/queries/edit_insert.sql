-- A feature that was deleted comes back with nothing of what it was but its identity and its history.
INSERT INTO feature AS known (
    layer, code, name, org_unit, geom, area_m2, registered_area_m2, attributes, starts_on, due_on, recorded_by, reason
)
VALUES (
    %(layer)s::text,
    %(code)s::text,
    %(called)s::text,
    %(org_unit)s::text,
    st_geomfromwkb(%(geom)s::bytea, 4490),
    %(area_m2)s::numeric(16, 2),
    %(registered_area_m2)s::numeric(16, 2),
    %(attributes)s::jsonb,
    %(starts_on)s::date,
    %(due_on)s::date,
    %(by)s::text,
    %(reason)s::text
)
ON CONFLICT (layer, code) DO UPDATE
SET
    name = excluded.name,
    org_unit = excluded.org_unit,
    geom = excluded.geom,
    area_m2 = excluded.area_m2,
    registered_area_m2 = excluded.registered_area_m2,
    attributes = excluded.attributes,
    starts_on = excluded.starts_on,
    due_on = excluded.due_on,
    source = NULL,
    source_row = NULL,
    recorded_by = excluded.recorded_by,
    reason = excluded.reason,
    deleted_at = NULL
WHERE known.deleted_at IS NOT NULL
RETURNING id, version;
