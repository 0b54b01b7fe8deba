-- A claim that is there already is changed only where it says something else.
INSERT INTO claim AS kept (
    document, id, locator, system, metric, value, unit, kind, as_of, scope, sentence, recorded_by
)
VALUES (
    %(document)s::text,
    %(id)s::text,
    %(section)s::text,
    %(system)s::text,
    %(metric)s::text,
    %(value)s::numeric,
    %(unit)s::text,
    %(kind)s::text,
    %(as_of)s::date,
    %(scope)s::text,
    %(sentence)s::text,
    %(by)s::text
)
ON CONFLICT ON CONSTRAINT claim_key DO UPDATE
SET
    locator = excluded.locator,
    system = excluded.system,
    metric = excluded.metric,
    value = excluded.value,
    unit = excluded.unit,
    kind = excluded.kind,
    as_of = excluded.as_of,
    scope = excluded.scope,
    sentence = excluded.sentence,
    recorded_at = now(),
    recorded_by = excluded.recorded_by
WHERE
    (
        kept.locator, kept.system, kept.metric, kept.value::text, kept.unit, kept.kind, kept.as_of, kept.scope,
        kept.sentence
    ) IS DISTINCT FROM (
        excluded.locator, excluded.system, excluded.metric, excluded.value::text, excluded.unit, excluded.kind,
        excluded.as_of, excluded.scope, excluded.sentence
    );
