-- Features of a township that are listed on a day and have one of some statuses, by the day they are due, after a place
-- in that order. What a feature has reached is asked for one after another until there are enough: of thousands some
-- dozen. due_before narrows to what is due before the day, or to what is not, where the statuses imply it.
SELECT
    candidate.id::text AS id,
    candidate.layer,
    candidate.code,
    candidate.name,
    candidate.org_unit,
    at_day.status,
    candidate.due::text AS due,
    candidate.due_on::text AS due_on,
    coalesce(at_day.milestones, '{}') AS milestones
FROM (
    SELECT
        feature.layer,
        feature.id,
        feature.code,
        feature.name,
        feature.org_unit,
        feature.starts_on,
        feature.due_on,
        coalesce(feature.due_on, 'infinity') AS due
    FROM feature
    INNER JOIN layer ON layer.code = feature.layer
    WHERE
        feature.deleted_at IS NULL
        AND layer.declared
        AND EXISTS (SELECT FROM layer_milestone WHERE layer_milestone.layer = feature.layer)
        AND feature.org_unit = ANY(
            ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text)
        )
        AND (%(layer)s::text IS NULL OR feature.layer = %(layer)s::text)
        AND (%(village)s::text IS NULL OR feature.org_unit = %(village)s::text)
        AND (
            %(q)s::text IS NULL
            OR strpos(lower(feature.code), lower(%(q)s::text)) > 0
            OR strpos(lower(feature.name), lower(%(q)s::text)) > 0
        )
        AND (
            %(due_before)s::boolean IS NULL
            OR (coalesce(feature.due_on, 'infinity') < %(as_of)s::date) = %(due_before)s::boolean
        )
        AND (
            %(after_due)s::date IS NULL
            OR (coalesce(feature.due_on, 'infinity'), feature.layer, feature.code)
            > (%(after_due)s::date, %(after_layer)s::text, %(after_code)s::text)
        )
    ORDER BY due, feature.layer, feature.code
    OFFSET 0
) AS candidate
CROSS JOIN LATERAL feature_at(
    candidate.layer, candidate.id, candidate.starts_on, candidate.due_on, %(as_of)s::date
) AS at_day
WHERE at_day.status = ANY(%(statuses)s::text[])
ORDER BY candidate.due, candidate.layer, candidate.code
LIMIT %(limit)s::integer;
