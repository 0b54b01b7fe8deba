-- Who asks, and what they may, is found out by the database itself.
INSERT INTO overlay_job (batch, layers, as_of, within_m, language, whole)
VALUES (
    %(batch)s::uuid,
    %(layers)s::text[],
    %(as_of)s::date,
    %(within_m)s::jsonb,
    %(language)s::text,
    %(whole)s::integer
)
RETURNING id;
