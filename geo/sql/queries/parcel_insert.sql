-- Many parcels at once: each array holds one column.
INSERT INTO parcel (
    batch, place, number, name, geom, area_m2, registered_area_m2, kind, source_row, attributes, problems
)
SELECT
    %(batch)s::uuid,
    sent.place,
    sent.number,
    sent.name,
    st_multi(st_geomfromwkb(sent.geom, 4490)),
    sent.area_m2,
    sent.registered_area_m2,
    sent.kind,
    sent.source_row,
    sent.attributes,
    sent.problems
FROM unnest(
    %(places)s::integer[],
    %(numbers)s::text[],
    %(names)s::text[],
    %(geoms)s::bytea[],
    %(areas)s::numeric[],
    %(registered)s::numeric[],
    %(kinds)s::text[],
    %(rows)s::integer[],
    %(attributes)s::jsonb[],
    %(problems)s::jsonb[]
) AS sent (
    place, number, name, geom, area_m2, registered_area_m2, kind, source_row, attributes, problems
);
