-- The same number sent again leaves the first.
INSERT INTO attachment (
    layer, feature, report, number, name, media_type, sha256, taken_at, geom, bearing, width, height, content,
    thumbnail, recorded_by
)
VALUES (
    %(layer)s::text,
    %(feature)s::uuid,
    %(report)s::uuid,
    %(number)s::smallint,
    %(called)s::text,
    'image/jpeg',
    %(sha256)s::text,
    %(taken_at)s::timestamptz,
    st_setsrid(st_point(%(lon)s::float8, %(lat)s::float8), 4490),
    %(bearing)s::numeric(4, 1),
    %(width)s::integer,
    %(height)s::integer,
    %(content)s::bytea,
    %(thumbnail)s::bytea,
    %(by)s::text
)
ON CONFLICT ON CONSTRAINT attachment_report_number DO NOTHING;
