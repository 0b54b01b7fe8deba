-- Money that reached features, as sums of dated changes.
--
-- An allocation counts from the day of its transaction, for the unit of its feature, all units above, and '*', which
-- is everything. A feature that is struck off keeps what was spent on it.

-- What reached features of a transaction, wherever they lie: who sees some of them is not told that the rest is left.
-- It asks with the rights of its owner.
CREATE OR REPLACE VIEW allocation_sum AS
SELECT
    transaction,
    sum(amount) AS allocated,
    count(*) AS features
FROM allocation
GROUP BY transaction;

CREATE OR REPLACE VIEW money_truth AS
SELECT
    above.ancestor AS org_unit,
    transaction.activity,
    transaction.fund_source,
    allocation.layer,
    transaction.value_date AS day,
    sum(allocation.amount) AS value
FROM allocation
INNER JOIN transaction ON transaction.id = allocation.transaction
INNER JOIN feature ON feature.layer = allocation.layer AND feature.id = allocation.feature
INNER JOIN (
    SELECT unit, ancestor FROM org_unit_ancestor
    UNION ALL
    SELECT code, '*' FROM org_unit
    UNION ALL
    SELECT '', '*'
) AS above ON above.unit = coalesce(feature.org_unit, '')
GROUP BY above.ancestor, transaction.activity, transaction.fund_source, allocation.layer, transaction.value_date;

-- The statement that appends to money_delta what signed facts (sign, transaction, layer, feature, amount) change.
-- Features of a unit are summed before the sums are spread over the units above.
CREATE OR REPLACE FUNCTION money_append(facts text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'WITH fact AS MATERIALIZED (' || facts || '),
        grouped AS MATERIALIZED (
            SELECT
                coalesce(feature.org_unit, '''') AS org_unit, transaction.activity, transaction.fund_source,
                fact.layer, transaction.value_date AS day, sum(fact.sign * fact.amount) AS value
            FROM fact
            INNER JOIN transaction ON transaction.id = fact.transaction
            INNER JOIN feature ON feature.layer = fact.layer AND feature.id = fact.feature
            GROUP BY 1, 2, 3, 4, 5
        )
        INSERT INTO money_delta (org_unit, activity, fund_source, layer, day, value)
        SELECT above.ancestor, grouped.activity, grouped.fund_source, grouped.layer, grouped.day, sum(grouped.value)
        FROM grouped
        CROSS JOIN LATERAL (
            SELECT ancestor FROM org_unit_ancestor WHERE unit = grouped.org_unit
            UNION ALL
            SELECT ''*''
        ) AS above
        GROUP BY 1, 2, 3, 4, 5
        HAVING sum(grouped.value) <> 0'
$$;

-- Whoever moves a feature waits for whoever gives it money, and the other way round: the second counts what the first
-- did. Features that this transaction made are nobody else's yet.
CREATE OR REPLACE FUNCTION money_lock(features text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'WITH touched AS MATERIALIZED (SELECT DISTINCT layer, feature FROM (' || features || ') AS named)
        SELECT FROM feature INNER JOIN touched ON feature.layer = touched.layer AND feature.id = touched.feature
        WHERE feature.xmin <> pg_current_xact_id()::xid
        ORDER BY feature.layer, feature.id
        FOR NO KEY UPDATE OF feature'
$$;

CREATE OR REPLACE FUNCTION money_on_allocation() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    added CONSTANT text := 'SELECT 1 AS sign, transaction, layer, feature, amount FROM new_rows';
    removed CONSTANT text := 'SELECT -1 AS sign, transaction, layer, feature, amount FROM old_rows';
    facts text;
    touched bigint[];
BEGIN
    facts := CASE TG_OP
        WHEN 'INSERT' THEN added
        WHEN 'DELETE' THEN removed
        ELSE added || ' UNION ALL ' || removed
    END;
    EXECUTE 'SELECT array_agg(DISTINCT transaction) FROM (' || facts || ') AS fact' INTO touched;
    PERFORM allocation_hold(touched);
    EXECUTE money_lock(facts);
    EXECUTE money_append(facts);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER money_allocation_inserted
AFTER INSERT ON allocation REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION money_on_allocation();

CREATE OR REPLACE TRIGGER money_allocation_updated
AFTER UPDATE ON allocation REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION money_on_allocation();

CREATE OR REPLACE TRIGGER money_allocation_deleted
AFTER DELETE ON allocation REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION money_on_allocation();

-- What a transaction had allocated before its activity, channel or day was corrected goes out there and in here. Sides
-- that did not change cancel each other; they are counted, not joined (views/30_progress.sql says why).
CREATE OR REPLACE FUNCTION money_on_transaction() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM allocation_hold(ARRAY(SELECT id FROM old_rows));
    EXECUTE money_lock('SELECT layer, feature FROM allocation
        WHERE allocation.transaction IN (SELECT id FROM old_rows)');
    WITH side AS MATERIALIZED (
        SELECT id, activity, fund_source, value_date, sum(sign) AS sign
        FROM (
            SELECT id, activity, fund_source, value_date, 1 AS sign FROM new_rows
            UNION ALL
            SELECT id, activity, fund_source, value_date, -1 FROM old_rows
        ) AS state
        GROUP BY id, activity, fund_source, value_date
        HAVING sum(sign) <> 0
    ),
    grouped AS MATERIALIZED (
        SELECT
            coalesce(feature.org_unit, '') AS org_unit, side.activity, side.fund_source, allocation.layer,
            side.value_date AS day, sum(side.sign * allocation.amount) AS value
        FROM side
        INNER JOIN allocation ON allocation.transaction = side.id
        INNER JOIN feature ON feature.layer = allocation.layer AND feature.id = allocation.feature
        GROUP BY 1, 2, 3, 4, 5
    )
    INSERT INTO money_delta (org_unit, activity, fund_source, layer, day, value)
    SELECT above.ancestor, grouped.activity, grouped.fund_source, grouped.layer, grouped.day, grouped.value
    FROM grouped
    CROSS JOIN LATERAL (
        SELECT ancestor FROM org_unit_ancestor WHERE unit = grouped.org_unit
        UNION ALL
        SELECT '*'
    ) AS above;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER money_transaction_updated
AFTER UPDATE ON transaction REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION money_on_transaction();

-- A feature that moves to another unit takes its money along.
CREATE OR REPLACE FUNCTION money_on_feature() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM allocation) THEN
        RETURN NULL;
    END IF;
    WITH side AS MATERIALIZED (
        SELECT layer, id, org_unit, sum(sign) AS sign
        FROM (
            SELECT layer, id, coalesce(org_unit, '') AS org_unit, 1 AS sign FROM new_rows
            UNION ALL
            SELECT layer, id, coalesce(org_unit, ''), -1 FROM old_rows
        ) AS state
        GROUP BY layer, id, org_unit
        HAVING sum(sign) <> 0
    ),
    grouped AS MATERIALIZED (
        SELECT
            side.org_unit, transaction.activity, transaction.fund_source, side.layer, transaction.value_date AS day,
            sum(side.sign * allocation.amount) AS value
        FROM side
        INNER JOIN allocation ON allocation.layer = side.layer AND allocation.feature = side.id
        INNER JOIN transaction ON transaction.id = allocation.transaction
        GROUP BY 1, 2, 3, 4, 5
    )
    INSERT INTO money_delta (org_unit, activity, fund_source, layer, day, value)
    SELECT above.ancestor, grouped.activity, grouped.fund_source, grouped.layer, grouped.day, sum(grouped.value)
    FROM grouped
    INNER JOIN org_unit_ancestor AS above ON above.unit = grouped.org_unit
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(grouped.value) <> 0;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER money_feature_updated
AFTER UPDATE ON feature REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION money_on_feature();

-- Moves what has gathered in money_delta into the sums by day; one at a time, others go on.
CREATE OR REPLACE FUNCTION money_fold() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('money_fold')) THEN
        RETURN 0;
    END IF;
    WITH gone AS (
        DELETE FROM money_delta RETURNING *
    ),
    by_day AS (
        INSERT INTO money_day AS kept (org_unit, activity, fund_source, layer, day, value)
        SELECT org_unit, activity, fund_source, layer, day, sum(value)
        FROM gone
        GROUP BY org_unit, activity, fund_source, layer, day
        HAVING sum(value) <> 0
        ON CONFLICT ON CONSTRAINT money_day_key DO UPDATE SET value = kept.value + excluded.value
    )
    SELECT count(*) INTO moved FROM gone;
    RETURN moved;
END
$$;

-- Recounts everything from the records, where the tree of units has changed.
CREATE OR REPLACE FUNCTION money_recount() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE money_delta, money_day IN EXCLUSIVE MODE;
    DELETE FROM money_delta;
    DELETE FROM money_day;
    INSERT INTO money_day (org_unit, activity, fund_source, layer, day, value)
    SELECT org_unit, activity, fund_source, layer, day, value FROM money_truth;
END
$$;

CREATE OR REPLACE VIEW money_sum AS
SELECT org_unit, activity, fund_source, layer, day, value FROM money_day
UNION ALL
SELECT org_unit, activity, fund_source, layer, day, value FROM money_delta;

-- What reached the features of units from one day up to another, both included.
CREATE OR REPLACE FUNCTION money_between(units text[], first date, last date)
RETURNS TABLE (org_unit text, activity text, fund_source text, layer text, value numeric)
LANGUAGE sql STABLE AS $$
    SELECT change.org_unit, change.activity, change.fund_source, change.layer, sum(change.value)
    FROM (
        SELECT kept.org_unit, kept.activity, kept.fund_source, kept.layer, kept.value
        FROM money_day AS kept
        WHERE kept.org_unit = ANY (units) AND kept.day BETWEEN first AND last
        UNION ALL
        SELECT kept.org_unit, kept.activity, kept.fund_source, kept.layer, kept.value
        FROM money_delta AS kept
        WHERE kept.org_unit = ANY (units) AND kept.day BETWEEN first AND last
    ) AS change
    GROUP BY change.org_unit, change.activity, change.fund_source, change.layer
$$;

-- What was spent on a feature by a day: zero where an activity is for it and nothing reached it, NULL where none is.
-- A table of one row: as a scalar it would not become part of the statement, and be begun anew for every feature,
-- which takes longer than its answer once it asks with the rights of whoever looks.
DROP FUNCTION IF EXISTS feature_received(text, uuid, date);
CREATE FUNCTION feature_received(of_layer text, of_feature uuid, as_of date)
RETURNS TABLE (amount numeric)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (
            SELECT sum(allocation.amount)
            FROM allocation
            INNER JOIN transaction ON transaction.id = allocation.transaction
            WHERE allocation.layer = of_layer AND allocation.feature = of_feature AND transaction.value_date <= as_of
        ),
        (
            SELECT 0.00
            FROM activity_feature
            WHERE layer = of_layer AND feature = of_feature
            LIMIT 1
        )
    )
$$;
