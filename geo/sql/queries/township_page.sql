-- One page of the features of a township that are listed on a day, what is to be seen to first: overdue features by the
-- day on which they were due, then open ones by the day on which they will be, then completed, then accepted ones.
-- Pages follow each other by that order (rank, due, layer, code): a row that changes meanwhile moves no other.
--
-- What a feature has reached is asked for one after another until the page is full, and of a later rank only where the
-- earlier ones leave room: of thousands of features a page needs some dozen.
WITH candidate AS MATERIALIZED (
    SELECT
        feature.layer,
        feature.id,
        feature.code,
        feature.name,
        feature.org_unit,
        feature.starts_on,
        feature.due_on,
        feature.source,
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
),

late AS MATERIALIZED (
    SELECT
        0 AS rank,
        candidate.*,
        at_day.status,
        at_day.milestones
    FROM (
        SELECT candidate.*
        FROM candidate
        ORDER BY candidate.due, candidate.layer, candidate.code
        OFFSET 0
    ) AS candidate
    CROSS JOIN LATERAL feature_at(
        candidate.layer, candidate.id, candidate.starts_on, candidate.due_on, %(as_of)s::date
    ) AS at_day
    WHERE
        candidate.due_on < %(as_of)s::date
        AND at_day.status = 'overdue'
        AND coalesce(%(status)s::text, 'overdue') = 'overdue'
        AND (
            %(after_rank)s::integer IS NULL
            OR (0, candidate.due, candidate.layer, candidate.code)
            > (%(after_rank)s::integer, %(after_due)s::date, %(after_layer)s::text, %(after_code)s::text)
        )
    ORDER BY candidate.due, candidate.layer, candidate.code
    LIMIT %(limit)s::integer + 1
),

open AS MATERIALIZED (
    SELECT
        1 AS rank,
        candidate.*,
        at_day.status,
        at_day.milestones
    FROM (
        SELECT candidate.*
        FROM candidate
        ORDER BY candidate.due, candidate.layer, candidate.code
        OFFSET 0
    ) AS candidate
    CROSS JOIN LATERAL feature_at(
        candidate.layer, candidate.id, candidate.starts_on, candidate.due_on, %(as_of)s::date
    ) AS at_day
    WHERE
        candidate.due >= %(as_of)s::date
        AND at_day.status IN ('not_started', 'under_way')
        AND coalesce(%(status)s::text, at_day.status) = at_day.status
        AND coalesce(%(status)s::text, 'under_way') IN ('not_started', 'under_way')
        AND (SELECT count(*) FROM late) <= %(limit)s::integer
        AND (
            %(after_rank)s::integer IS NULL
            OR (1, candidate.due, candidate.layer, candidate.code)
            > (%(after_rank)s::integer, %(after_due)s::date, %(after_layer)s::text, %(after_code)s::text)
        )
    ORDER BY candidate.due, candidate.layer, candidate.code
    LIMIT %(limit)s::integer + 1
),

completed AS MATERIALIZED (
    SELECT
        2 AS rank,
        candidate.*,
        at_day.status,
        at_day.milestones
    FROM (
        SELECT candidate.*
        FROM candidate
        ORDER BY candidate.due, candidate.layer, candidate.code
        OFFSET 0
    ) AS candidate
    CROSS JOIN LATERAL feature_at(
        candidate.layer, candidate.id, candidate.starts_on, candidate.due_on, %(as_of)s::date
    ) AS at_day
    WHERE
        at_day.status = 'completed'
        AND coalesce(%(status)s::text, 'completed') = 'completed'
        AND (SELECT count(*) FROM late) + (SELECT count(*) FROM open) <= %(limit)s::integer
        AND (
            %(after_rank)s::integer IS NULL
            OR (2, candidate.due, candidate.layer, candidate.code)
            > (%(after_rank)s::integer, %(after_due)s::date, %(after_layer)s::text, %(after_code)s::text)
        )
    ORDER BY candidate.due, candidate.layer, candidate.code
    LIMIT %(limit)s::integer + 1
),

accepted AS MATERIALIZED (
    SELECT
        3 AS rank,
        candidate.*,
        at_day.status,
        at_day.milestones
    FROM (
        SELECT candidate.*
        FROM candidate
        ORDER BY candidate.due, candidate.layer, candidate.code
        OFFSET 0
    ) AS candidate
    CROSS JOIN LATERAL feature_at(
        candidate.layer, candidate.id, candidate.starts_on, candidate.due_on, %(as_of)s::date
    ) AS at_day
    WHERE
        at_day.status = 'accepted'
        AND coalesce(%(status)s::text, 'accepted') = 'accepted'
        AND (SELECT count(*) FROM late) + (SELECT count(*) FROM open) + (SELECT count(*) FROM completed)
        <= %(limit)s::integer
        AND (
            %(after_rank)s::integer IS NULL
            OR (3, candidate.due, candidate.layer, candidate.code)
            > (%(after_rank)s::integer, %(after_due)s::date, %(after_layer)s::text, %(after_code)s::text)
        )
    ORDER BY candidate.due, candidate.layer, candidate.code
    LIMIT %(limit)s::integer + 1
),

page AS MATERIALIZED (
    SELECT ranked.*
    FROM (
        SELECT late.* FROM late
        UNION ALL
        SELECT open.* FROM open
        UNION ALL
        SELECT completed.* FROM completed
        UNION ALL
        SELECT accepted.* FROM accepted
    ) AS ranked
    ORDER BY ranked.rank, ranked.due, ranked.layer, ranked.code
    LIMIT %(limit)s::integer + 1
)

SELECT
    json_build_object(
        'illustrative', coalesce(
            (
                SELECT bool_or(import_mark.illustrative)
                FROM import_mark
                WHERE import_mark.id IN (SELECT candidate.source FROM candidate)
            ),
            false
        ),
        'statuses', CASE
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
                                candidate.layer,
                                candidate.id,
                                candidate.starts_on,
                                candidate.due_on,
                                %(as_of)s::date
                            ) AS at_day
                            GROUP BY at_day.status
                        ) AS counted
                    ),
                    '{}'
                )
        END,
        'features', coalesce(
            json_agg(
                json_build_object(
                    'id', page.id,
                    'layer', page.layer,
                    'code', page.code,
                    'name', page.name,
                    'org_unit', page.org_unit,
                    'status', page.status,
                    'rank', page.rank,
                    'due', page.due,
                    'due_on', page.due_on,
                    'milestones', coalesce(page.milestones, '{}')
                )
                ORDER BY page.rank, page.due, page.layer, page.code
            ),
            '[]'
        )
    )::text
FROM page;
