-- Progress as sums of dated changes.
--
-- A feature contributes, for every measure and for its unit and all units above, these stages:
--   ''             the population, from the day it is listed
--   a milestone    from the day it was reached (approved, not revoked)
--   '@1' '@2' '@3' at least under way, completed, accepted
--   '@idle' '@late' overdue and not started, overdue and under way; the value returns when that ends
-- The state on a day is the sum of all changes up to it.

CREATE OR REPLACE FUNCTION progress_stage(
    starts_on date, due_on date, milestones text[], days date[], status1 date, status2 date, status3 date
) RETURNS TABLE (stage text, day date, sign integer)
LANGUAGE sql IMMUTABLE AS $$
    SELECT stages.stage, stages.day, stages.sign
    FROM (
        VALUES
            ('', coalesce(least(starts_on, (SELECT min(d) FROM unnest(days) AS d)), '-infinity'::date), 1),
            ('@1', status1, 1),
            ('@2', status2, 1),
            ('@3', status3, 1),
            ('@idle', CASE WHEN due_on < coalesce(status1 - 1, 'infinity')
                THEN greatest(due_on + 1, least(starts_on, (SELECT min(d) FROM unnest(days) AS d))) END, 1),
            ('@idle', CASE WHEN due_on < status1 - 1 THEN status1 END, -1),
            ('@late', CASE WHEN greatest(due_on + 1, status1) < coalesce(status2, 'infinity') AND due_on IS NOT NULL
                AND status1 IS NOT NULL THEN greatest(due_on + 1, status1) END, 1),
            ('@late', CASE WHEN greatest(due_on + 1, status1) < status2 AND due_on IS NOT NULL THEN status2 END, -1)
    ) AS stages (stage, day, sign)
    WHERE stages.day IS NOT NULL
    UNION ALL
    SELECT reached.milestone, reached.day, 1
    FROM unnest(milestones, days) AS reached (milestone, day)
$$;

CREATE OR REPLACE FUNCTION measure_value(
    source text, area_m2 numeric, registered_area_m2 numeric, attributes jsonb
) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE source
        WHEN 'count' THEN 1
        WHEN 'area_m2' THEN area_m2
        WHEN 'registered_area_m2' THEN registered_area_m2
        ELSE (attributes ->> source)::numeric
    END
$$;

-- What each feature has reached: its valid milestones with their days, and the first day of each status.
CREATE OR REPLACE VIEW feature_reached AS
SELECT
    milestone.layer,
    milestone.feature,
    array_agg(milestone.milestone ORDER BY milestone.milestone) AS milestones,
    array_agg(milestone.reached_on ORDER BY milestone.milestone) AS days,
    min(milestone.reached_on) FILTER (WHERE layer_milestone.status >= 1) AS status1,
    min(milestone.reached_on) FILTER (WHERE layer_milestone.status >= 2) AS status2,
    min(milestone.reached_on) FILTER (WHERE layer_milestone.status >= 3) AS status3
FROM milestone
INNER JOIN layer_milestone USING (layer, milestone)
WHERE milestone.state = 'approved' AND milestone.revoked_at IS NULL
GROUP BY milestone.layer, milestone.feature;

-- What features count, from the records alone: the truth that the sums must equal.
CREATE OR REPLACE VIEW progress_truth AS
SELECT
    above.ancestor AS org_unit,
    feature.layer,
    layer_measure.measure,
    stage.stage,
    stage.day,
    sum(
        stage.sign
        * measure_value(layer_measure.source, feature.area_m2, feature.registered_area_m2, feature.attributes)
    ) AS value
FROM feature
LEFT JOIN feature_reached AS reached ON reached.layer = feature.layer AND reached.feature = feature.id
INNER JOIN layer_measure ON layer_measure.layer = feature.layer
CROSS JOIN LATERAL progress_stage(
    feature.starts_on, feature.due_on, reached.milestones, reached.days,
    reached.status1, reached.status2, reached.status3
) AS stage
INNER JOIN org_unit_ancestor AS above ON above.unit = coalesce(feature.org_unit, '')
WHERE feature.deleted_at IS NULL
GROUP BY above.ancestor, feature.layer, layer_measure.measure, stage.stage, stage.day
HAVING
    sum(
        stage.sign
        * measure_value(layer_measure.source, feature.area_m2, feature.registered_area_m2, feature.attributes)
    ) <> 0;

-- The statement that spreads grouped facts over stages and units and appends them to progress_delta.
CREATE OR REPLACE FUNCTION progress_spread(facts text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'WITH grouped AS MATERIALIZED (' || facts || ')
        INSERT INTO progress_delta (org_unit, layer, measure, stage, day, value)
        SELECT
            above.ancestor, grouped.layer, grouped.measure, stage.stage, stage.day, sum(stage.sign * grouped.value)
        FROM grouped
        CROSS JOIN LATERAL progress_stage(
            grouped.starts_on, grouped.due_on, grouped.milestones, grouped.days,
            grouped.status1, grouped.status2, grouped.status3
        ) AS stage
        INNER JOIN org_unit_ancestor AS above ON above.unit = grouped.org_unit
        WHERE grouped.value <> 0
        GROUP BY 1, 2, 3, 4, 5
        HAVING sum(stage.sign * grouped.value) <> 0'
$$;

-- The statement that appends to progress_delta what signed facts change. Features that share unit, dates and
-- milestones are summed before they are spread over stages, so a file of a million is a few hundred groups.
CREATE OR REPLACE FUNCTION progress_append(facts text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT progress_spread('
        SELECT
            fact.layer, layer_measure.measure, coalesce(fact.org_unit, '''') AS org_unit,
            fact.starts_on, fact.due_on, fact.milestones, fact.days, fact.status1, fact.status2, fact.status3,
            sum(fact.sign * measure_value(
                layer_measure.source, fact.area_m2, fact.registered_area_m2, fact.attributes
            )) AS value
        FROM (' || facts || ') AS fact
        INNER JOIN layer_measure ON layer_measure.layer = fact.layer
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10')
$$;

CREATE OR REPLACE FUNCTION progress_on_feature() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    -- A feature that was just inserted has no milestones yet.
    added CONSTANT text := 'SELECT 1 AS sign, layer, id, org_unit, area_m2, registered_area_m2, attributes,
        starts_on, due_on FROM new_rows WHERE deleted_at IS NULL';
    removed CONSTANT text := 'SELECT -1 AS sign, layer, id, org_unit, area_m2, registered_area_m2, attributes,
        starts_on, due_on FROM old_rows WHERE deleted_at IS NULL';
    reached CONSTANT text := 'SELECT changed.*, reached.milestones, reached.days, reached.status1, reached.status2,
        reached.status3 FROM (%s) AS changed
        LEFT JOIN LATERAL (
            SELECT * FROM feature_reached
            WHERE feature_reached.layer = changed.layer AND feature_reached.feature = changed.id
        ) AS reached ON true';
BEGIN
    IF TG_OP = 'INSERT' THEN
        EXECUTE progress_append('SELECT changed.*, NULL::text[] AS milestones, NULL::date[] AS days,
            NULL::date AS status1, NULL::date AS status2, NULL::date AS status3 FROM (' || added || ') AS changed');
    ELSIF TG_OP = 'UPDATE' THEN
        EXECUTE progress_append(format(reached, added || ' UNION ALL ' || removed));
    ELSE
        EXECUTE progress_append(format(reached, removed));
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER progress_feature_inserted
AFTER INSERT ON feature REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION progress_on_feature();

CREATE OR REPLACE TRIGGER progress_feature_updated
AFTER UPDATE ON feature REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION progress_on_feature();

CREATE OR REPLACE TRIGGER progress_feature_deleted
AFTER DELETE ON feature REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION progress_on_feature();

CREATE OR REPLACE FUNCTION progress_on_milestone() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    -- What the touched features had before: what they have now, less the new records, plus the old ones. Counted, not
    -- joined: a join with new_rows is a nested loop wherever the planner takes the table for small.
    earlier text := 'SELECT id, layer, feature, milestone, reached_on, 1 AS times FROM current_record
        UNION ALL SELECT id, layer, feature, milestone, reached_on, -1 FROM new_rows
            WHERE state = ''approved'' AND revoked_at IS NULL';
    facts CONSTANT text := '
        WITH touched AS MATERIALIZED (SELECT DISTINCT layer, feature FROM new_rows),
        current_record AS MATERIALIZED (
            SELECT milestone.id, milestone.layer, milestone.feature, milestone.milestone, milestone.reached_on
            FROM milestone INNER JOIN touched USING (layer, feature)
            WHERE milestone.state = ''approved'' AND milestone.revoked_at IS NULL
        ),
        record AS (
            SELECT 1 AS sign, layer, feature, milestone, reached_on FROM current_record
            UNION ALL
            SELECT -1, layer, feature, milestone, reached_on FROM (%s) AS earlier
            GROUP BY id, layer, feature, milestone, reached_on
            HAVING sum(times) > 0
        ),
        reached AS (
            SELECT
                record.sign, record.layer, record.feature,
                array_agg(record.milestone ORDER BY record.milestone) AS milestones,
                array_agg(record.reached_on ORDER BY record.milestone) AS days,
                min(record.reached_on) FILTER (WHERE layer_milestone.status >= 1) AS status1,
                min(record.reached_on) FILTER (WHERE layer_milestone.status >= 2) AS status2,
                min(record.reached_on) FILTER (WHERE layer_milestone.status >= 3) AS status3
            FROM record INNER JOIN layer_milestone USING (layer, milestone)
            GROUP BY record.sign, record.layer, record.feature
        )
        SELECT
            side.sign, feature.layer, feature.org_unit, feature.area_m2, feature.registered_area_m2,
            feature.attributes, feature.starts_on, feature.due_on,
            reached.milestones, reached.days, reached.status1, reached.status2, reached.status3
        FROM touched
        INNER JOIN feature ON feature.layer = touched.layer AND feature.id = touched.feature
        CROSS JOIN (VALUES (1), (-1)) AS side (sign)
        LEFT JOIN reached ON reached.sign = side.sign AND reached.layer = touched.layer
            AND reached.feature = touched.feature
        WHERE feature.deleted_at IS NULL';
BEGIN
    -- Two people may record milestones of one feature at once: the second waits here, and then counts what the first
    -- did. Features that this transaction made are nobody else's yet.
    PERFORM
    FROM feature
    INNER JOIN (SELECT DISTINCT layer, feature FROM new_rows) AS touched
        ON feature.layer = touched.layer AND feature.id = touched.feature
    WHERE feature.xmin <> pg_current_xact_id()::xid
    ORDER BY feature.layer, feature.id
    FOR NO KEY UPDATE OF feature;
    IF TG_OP = 'UPDATE' THEN
        earlier := earlier || ' UNION ALL SELECT id, layer, feature, milestone, reached_on, 1 FROM old_rows
            WHERE state = ''approved'' AND revoked_at IS NULL';
    END IF;
    EXECUTE progress_append(format(facts, earlier));
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER progress_milestone_inserted
AFTER INSERT ON milestone REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION progress_on_milestone();

CREATE OR REPLACE TRIGGER progress_milestone_updated
AFTER UPDATE ON milestone REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION progress_on_milestone();

-- Moves what has gathered in progress_delta into the sums by day, month and year; one at a time, others go on.
CREATE OR REPLACE FUNCTION progress_fold() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('progress_fold')) THEN
        RETURN 0;
    END IF;
    WITH gone AS (
        DELETE FROM progress_delta RETURNING *
    ),
    by_day AS (
        INSERT INTO progress_day AS kept (org_unit, layer, measure, stage, day, value)
        SELECT org_unit, layer, measure, stage, day, sum(value)
        FROM gone
        GROUP BY org_unit, day, layer, measure, stage
        HAVING sum(value) <> 0
        ORDER BY org_unit, day, layer, measure, stage -- in order of its key an index grows fastest
        ON CONFLICT ON CONSTRAINT progress_day_key DO UPDATE SET value = kept.value + excluded.value
    ),
    by_month AS (
        INSERT INTO progress_month AS kept (org_unit, layer, measure, stage, month, value)
        SELECT org_unit, layer, measure, stage, date_trunc('month', day)::date, sum(value)
        FROM gone
        GROUP BY org_unit, layer, measure, stage, date_trunc('month', day)::date
        HAVING sum(value) <> 0
        ON CONFLICT ON CONSTRAINT progress_month_key DO UPDATE SET value = kept.value + excluded.value
    ),
    by_year AS (
        INSERT INTO progress_year AS kept (org_unit, layer, measure, stage, year, value)
        SELECT org_unit, layer, measure, stage, date_trunc('year', day)::date, sum(value)
        FROM gone
        GROUP BY org_unit, layer, measure, stage, date_trunc('year', day)::date
        HAVING sum(value) <> 0
        ON CONFLICT ON CONSTRAINT progress_year_key DO UPDATE SET value = kept.value + excluded.value
    )
    SELECT count(*) INTO moved FROM gone;
    RETURN moved;
END
$$;

-- Recounts everything from the records; for a layer whose measures were declared anew.
CREATE OR REPLACE FUNCTION progress_recount() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE progress_delta, progress_day, progress_month, progress_year IN EXCLUSIVE MODE;
    DELETE FROM progress_delta;
    DELETE FROM progress_day;
    DELETE FROM progress_month;
    DELETE FROM progress_year;
    EXECUTE progress_append('SELECT
            1 AS sign, feature.layer, feature.org_unit, feature.area_m2, feature.registered_area_m2,
            feature.attributes, feature.starts_on, feature.due_on,
            reached.milestones, reached.days, reached.status1, reached.status2, reached.status3
        FROM feature
        LEFT JOIN feature_reached AS reached ON reached.layer = feature.layer AND reached.feature = feature.id
        WHERE feature.deleted_at IS NULL');
    PERFORM progress_fold();
END
$$;

-- The kept sums as one relation: whole months, days, and what has not been folded yet.
CREATE OR REPLACE VIEW progress_sum AS
SELECT org_unit, layer, measure, stage, day, value FROM progress_day
UNION ALL
SELECT org_unit, layer, measure, stage, day, value FROM progress_delta;

-- The state at the end of a day: whole years before it, whole months of its year, days of its month, and what has not
-- been folded yet. The last day of a month or year needs no days, or no months either.
CREATE OR REPLACE FUNCTION progress_at(units text[], as_of date)
RETURNS TABLE (org_unit text, layer text, measure text, stage text, value numeric)
LANGUAGE sql STABLE AS $$
    SELECT change.org_unit, change.layer, change.measure, change.stage, sum(change.value)
    FROM (
        SELECT kept.org_unit, kept.layer, kept.measure, kept.stage, kept.value
        FROM progress_year AS kept
        WHERE kept.org_unit = ANY (units) AND kept.year < date_trunc('year', as_of + 1)::date
        UNION ALL
        SELECT kept.org_unit, kept.layer, kept.measure, kept.stage, kept.value
        FROM progress_month AS kept
        WHERE
            kept.org_unit = ANY (units)
            AND kept.month >= date_trunc('year', as_of + 1)::date
            AND kept.month < date_trunc('month', as_of + 1)::date
        UNION ALL
        SELECT kept.org_unit, kept.layer, kept.measure, kept.stage, kept.value
        FROM progress_day AS kept
        WHERE kept.org_unit = ANY (units) AND kept.day BETWEEN date_trunc('month', as_of + 1)::date AND as_of
        UNION ALL
        SELECT kept.org_unit, kept.layer, kept.measure, kept.stage, kept.value
        FROM progress_delta AS kept
        WHERE kept.org_unit = ANY (units) AND kept.day <= as_of
    ) AS change
    GROUP BY change.org_unit, change.layer, change.measure, change.stage
$$;

-- A partition that was attached whole fired no trigger: its features are appended here, before their milestones.
-- They are summed into a table first, which several processes do together; an INSERT is the work of one.
CREATE OR REPLACE FUNCTION progress_on_attached(attached text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    measures text[];
    sums text;
BEGIN
    SELECT
        array_agg(measure ORDER BY measure),
        string_agg(
            format('sum(measure_value(%L, area_m2, registered_area_m2, attributes))', source), ', ' ORDER BY measure
        )
    INTO measures, sums
    FROM layer_measure
    WHERE layer = attached;
    EXECUTE format(
        'CREATE TEMPORARY TABLE progress_attached AS
        SELECT coalesce(org_unit, '''') AS org_unit, starts_on, due_on, ARRAY[%s]::numeric[] AS sums
        FROM feature WHERE layer = %L GROUP BY 1, 2, 3', sums, attached
    );
    EXECUTE progress_spread(format(
        'SELECT %L AS layer, counted.measure, org_unit, starts_on, due_on,
            NULL::text[] AS milestones, NULL::date[] AS days,
            NULL::date AS status1, NULL::date AS status2, NULL::date AS status3, sums[counted.place] AS value
        FROM progress_attached CROSS JOIN unnest(%L::text[]) WITH ORDINALITY AS counted (measure, place)',
        attached, measures
    ));
    DROP TABLE progress_attached;
END
$$;
