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
    SELECT
        figure.place,
        feature.layer,
        feature.id,
        feature.code,
        feature.name,
        feature.org_unit,
        measure_value(figure.source, feature.area_m2, feature.registered_area_m2, feature.attributes),
        feature.attributes ->> figure.distinct_of,
        figure.distinct_of <> '',
        figure.milestone IS NULL OR coalesce(reached.reached_on <= figure.day, false),
        CASE WHEN reached.reached_on <= figure.day THEN reached.reached_on END
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
    INNER JOIN feature ON feature.layer = figure.layer
    LEFT JOIN LATERAL (
        SELECT
            min(milestone.reached_on) AS first,
            min(milestone.reached_on) FILTER (WHERE milestone.milestone = figure.milestone) AS reached_on
        FROM milestone
        WHERE
            milestone.layer = feature.layer
            AND milestone.feature = feature.id
            AND milestone.state = 'approved'
            AND milestone.revoked_at IS NULL
    ) AS reached ON true
    WHERE
        feature.deleted_at IS NULL
        AND coalesce(least(feature.starts_on, reached.first), '-infinity') <= figure.day
        AND NOT EXISTS (
            SELECT
            FROM jsonb_each(figure.attributes) AS filter
            WHERE NOT filter.value ? coalesce(feature.attributes ->> filter.key, '')
        )
        AND (
            figure.units = '{}'
            OR EXISTS (
                SELECT
                FROM org_unit_ancestor AS above
                WHERE above.unit = coalesce(feature.org_unit, '') AND above.ancestor = any(figure.units)
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
