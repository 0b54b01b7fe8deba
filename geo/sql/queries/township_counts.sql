-- How many features of a township have each status on a day, where they are to be counted, and whether any is invented.
WITH candidate AS MATERIALIZED (
    SELECT
        feature.layer,
        feature.id,
        feature.starts_on,
        feature.due_on,
        feature.source
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
)

SELECT
    coalesce(
        (
            SELECT bool_or(import_mark.illustrative)
            FROM import_mark
            WHERE import_mark.id IN (SELECT candidate.source FROM candidate)
        ),
        false
    ) AS illustrative,
    CASE
        WHEN %(counted)s::boolean
            THEN coalesce(
                (
                    SELECT json_object_agg(counted.status, counted.features)
                    FROM (
                        SELECT
                            at_day.status,
                            count(*) AS features
                        FROM candidate
                        CROSS JOIN LATERAL feature_at(
                            candidate.layer, candidate.id, candidate.starts_on, candidate.due_on, %(as_of)s::date
                        ) AS at_day
                        GROUP BY at_day.status
                    ) AS counted
                ),
                '{}'
            )
    END AS statuses;
