-- No row where the feature has the same bytes already.
INSERT INTO feature_document (
    layer, feature, kind, title, number, dated_on, personal, media_type, size, sha256, recorded_by
)
VALUES (
    %(layer)s::text,
    %(feature)s::uuid,
    %(of_kind)s::text,
    %(title)s::text,
    %(number)s::text,
    %(dated_on)s::date,
    %(personal)s::boolean,
    %(media_type)s::text,
    %(size)s::integer,
    %(sha256)s::text,
    %(by)s::text
)
ON CONFLICT (layer, feature, sha256) WHERE withdrawn_at IS NULL DO NOTHING
RETURNING id;
