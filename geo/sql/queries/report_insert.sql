INSERT INTO report (id, layer, feature, seen_on, note, geom, accuracy_m, photographs, recorded_by)
VALUES (
    %(id)s::uuid,
    %(layer)s::text,
    %(feature)s::uuid,
    %(seen_on)s::date,
    %(note)s::text,
    st_setsrid(st_point(%(lon)s::float8, %(lat)s::float8), 4490),
    %(accuracy)s::numeric,
    %(photographs)s::integer,
    %(by)s::text
)
ON CONFLICT ON CONSTRAINT report_key DO NOTHING;
