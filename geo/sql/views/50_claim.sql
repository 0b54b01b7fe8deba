-- What was said of a claim stays said: a note is added, never changed or removed.

CREATE OR REPLACE FUNCTION claim_note_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'notes on claims are only added' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER claim_note_only_added
BEFORE UPDATE OR DELETE ON claim_note
FOR EACH ROW EXECUTE FUNCTION claim_note_refuse();

-- The features behind each wanted figure with what each counts, in the base unit. A wanted figure is an object with
-- place, layer, day, units, source, distinct_of, milestone and attributes.
DROP FUNCTION IF EXISTS claim_feature(json);
CREATE FUNCTION claim_feature(wanted json) RETURNS TABLE (
    place integer, layer text, id uuid, code text, name text, org_unit text, value numeric, different text,
    is_distinct boolean, is_reached boolean, reached_on date
)
LANGUAGE sql STABLE AS $$
    WITH figure AS MATERIALIZED (
        SELECT *
        FROM json_to_recordset(wanted) AS figure (
            place integer,
            layer text,
            day date,
            units text[],
            source text,
            distinct_of text,
            milestone text,
            attributes jsonb
        )
    ),

    -- Many figures are about the same features: each is looked at once, which OFFSET 0 keeps PostgreSQL to. A feature has
    -- a milestone once.
    chosen AS (
        SELECT
            feature.*,
            filter.attributes AS filtered,
            reached.first,
            reached.milestones,
            reached.days
        FROM (SELECT DISTINCT figure.layer, figure.attributes FROM figure) AS filter
        INNER JOIN feature ON feature.layer = filter.layer
        LEFT JOIN LATERAL (
            SELECT
                min(milestone.reached_on) AS first,
                array_agg(milestone.milestone) AS milestones,
                array_agg(milestone.reached_on) AS days
            FROM milestone
            WHERE
                milestone.layer = feature.layer
                AND milestone.feature = feature.id
                AND milestone.state = 'approved'
                AND milestone.revoked_at IS NULL
        ) AS reached ON true
        WHERE
            feature.deleted_at IS NULL
            AND NOT EXISTS (
                SELECT
                FROM jsonb_each(filter.attributes) AS wanted
                WHERE NOT wanted.value ? coalesce(feature.attributes ->> wanted.key, '')
            )
        OFFSET 0
    )

    SELECT
        figure.place,
        chosen.layer,
        chosen.id,
        chosen.code,
        chosen.name,
        chosen.org_unit,
        measure_value(figure.source, chosen.area_m2, chosen.registered_area_m2, chosen.attributes),
        chosen.attributes ->> figure.distinct_of,
        figure.distinct_of <> '',
        figure.milestone IS NULL OR coalesce(reached.reached_on <= figure.day, false),
        CASE WHEN reached.reached_on <= figure.day THEN reached.reached_on END
    FROM chosen
    INNER JOIN figure ON figure.layer = chosen.layer AND figure.attributes = chosen.filtered
    CROSS JOIN LATERAL (
        SELECT chosen.days[array_position(chosen.milestones, figure.milestone)] AS reached_on
    ) AS reached
    WHERE
        coalesce(least(chosen.starts_on, chosen.first), '-infinity') <= figure.day
        AND (
            figure.units = '{}'
            OR EXISTS (
                SELECT
                FROM org_unit_ancestor AS above
                WHERE above.unit = coalesce(chosen.org_unit, '') AND above.ancestor = any(figure.units)
            )
        )
$$;

-- What the ledger sums of each wanted figure within the year of its day, in 元, or its activities. A wanted figure is an
-- object with place, day, kinds, phase, fund_source, serves and activities.
DROP FUNCTION IF EXISTS claim_entry(json);
CREATE FUNCTION claim_entry(wanted json) RETURNS TABLE (
    place integer, noun text, number bigint, fund_source text, activity text, day date, amount numeric
)
LANGUAGE sql STABLE AS $$
    WITH figure AS (
        SELECT *
        FROM json_to_recordset(wanted) AS figure (
            place integer, day date, kinds text[], phase text, fund_source text, serves text, activities boolean
        )
    ),

    entry AS (
        SELECT
            figure.place,
            'transaction' AS noun,
            transaction.id,
            transaction.fund_source,
            transaction.activity,
            transaction.value_date,
            transaction.amount
        FROM figure
        INNER JOIN transaction
            ON
                transaction.kind = any(figure.kinds)
                AND transaction.withdrawn_at IS NULL
                AND transaction.value_date BETWEEN date_trunc('year', figure.day)::date AND figure.day
        UNION ALL
        SELECT figure.place, 'budget', budget.id, budget.fund_source, budget.activity, NULL, budget.amount
        FROM figure
        INNER JOIN budget ON budget.phase = figure.phase AND budget.year = extract(YEAR FROM figure.day)
        UNION ALL
        SELECT figure.place, 'activity', NULL, '', activity.code, activity.starts_on, 1
        FROM figure
        INNER JOIN activity ON figure.activities AND coalesce(activity.starts_on, '-infinity') <= figure.day
    )

    SELECT entry.*
    FROM entry
    INNER JOIN figure ON figure.place = entry.place
    WHERE
        (figure.fund_source = '' OR entry.fund_source = figure.fund_source)
        AND (
            figure.serves = ''
            OR EXISTS (
                SELECT
                FROM activity_feature
                WHERE activity_feature.activity = entry.activity AND activity_feature.layer = figure.serves
            )
        )
$$;
