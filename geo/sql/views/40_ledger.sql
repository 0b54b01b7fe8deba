-- What is allocated of a transaction never exceeds it, also when two people work at once; earlier states are kept.

-- Locks transactions and holds each against what is allocated of it. The second of two people waits here and then
-- counts what the first did, which only READ COMMITTED lets it see.
CREATE OR REPLACE FUNCTION allocation_hold(touched bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'money is allocated at READ COMMITTED only'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM
    FROM transaction
    WHERE transaction.id = ANY (touched)
    ORDER BY transaction.id
    FOR NO KEY UPDATE;
    SELECT
        transaction.id,
        transaction.amount,
        sum(allocation.amount) AS spread,
        transaction.activity IS NULL OR transaction.kind NOT IN ('disbursement', 'expenditure') AS barred
    INTO held
    FROM transaction
    INNER JOIN allocation ON allocation.transaction = transaction.id
    WHERE transaction.id = ANY (touched)
    GROUP BY transaction.id
    HAVING
        sum(allocation.amount) > transaction.amount
        OR transaction.withdrawn_at IS NOT NULL
        OR transaction.activity IS NULL
        OR transaction.kind NOT IN ('disbursement', 'expenditure')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % has % and % are allocated', held.id, held.amount, held.spread
            USING ERRCODE = 'check_violation', TABLE = 'allocation', CONSTRAINT = CASE
                WHEN held.barred THEN 'allocation_of_spending' ELSE 'allocation_within_transaction'
            END;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION transaction_count_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'transaction % is history', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transaction_kept', TABLE = 'transaction';
    END IF;
    NEW.version := OLD.version + 1;
    NEW.recorded_at := now();
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER transaction_kept
BEFORE UPDATE OR DELETE ON transaction
FOR EACH ROW EXECUTE FUNCTION transaction_count_version();

CREATE OR REPLACE FUNCTION transaction_keep_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO transaction_version (
        transaction, version, activity, fund_source, kind, value_date, amount, document, voucher, note, illustrative,
        recorded_at, recorded_by, reason, withdrawn_at
    )
    SELECT
        id, version, activity, fund_source, kind, value_date, amount, document, voucher, note, illustrative,
        recorded_at, recorded_by, reason, withdrawn_at
    FROM old_rows;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER transaction_version_kept
AFTER UPDATE ON transaction REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION transaction_keep_version();

CREATE OR REPLACE FUNCTION budget_keep_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO budget_version (
        budget, activity, fund_source, year, phase, amount, document, note, recorded_at, recorded_by
    )
    SELECT id, activity, fund_source, year, phase, amount, document, note, recorded_at, recorded_by
    FROM old_rows;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER budget_version_kept_on_update
AFTER UPDATE ON budget REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION budget_keep_version();

CREATE OR REPLACE TRIGGER budget_version_kept_on_delete
AFTER DELETE ON budget REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION budget_keep_version();

CREATE OR REPLACE FUNCTION allocation_keep_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO allocation_version (transaction, layer, feature, amount, basis, recorded_at, recorded_by)
    SELECT transaction, layer, feature, amount, basis, recorded_at, recorded_by
    FROM old_rows;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER allocation_version_kept_on_update
AFTER UPDATE ON allocation REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION allocation_keep_version();

CREATE OR REPLACE TRIGGER allocation_version_kept_on_delete
AFTER DELETE ON allocation REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION allocation_keep_version();

-- Whether a rule asks for a feature.
CREATE OR REPLACE FUNCTION link_rule_fits(rule link_rule, asked feature) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        asked.layer = rule.layer
        AND asked.deleted_at IS NULL
        AND (
            rule.org_unit IS NULL
            OR EXISTS (
                SELECT FROM org_unit_ancestor
                WHERE unit = coalesce(asked.org_unit, '') AND ancestor = rule.org_unit
            )
        )
        AND (
            rule.attribute IS NULL
            OR CASE rule.attribute
                WHEN 'name' THEN asked.name
                WHEN 'code' THEN asked.code
                WHEN 'registered_area_m2' THEN asked.registered_area_m2::text
                WHEN 'starts_on' THEN asked.starts_on::text
                WHEN 'due_on' THEN asked.due_on::text
                ELSE asked.attributes ->> rule.attribute
            END = rule.value
        ),
        false
    )
$$;

-- The channels that pay an activity and the numbers of the documents that say so.
CREATE OR REPLACE FUNCTION money_paid_by(of_activity text) RETURNS TABLE (channels json, documents json)
LANGUAGE sql STABLE AS $$
    SELECT
        coalesce(to_json(array_agg(DISTINCT said.fund_source)), '[]'),
        coalesce(
            to_json(array_agg(DISTINCT document.number) FILTER (WHERE document.number IS NOT NULL)), '[]'
        )
    FROM (
        SELECT fund_source, document FROM activity_fund_source WHERE activity = of_activity
        UNION ALL
        SELECT fund_source, document FROM transaction WHERE activity = of_activity AND withdrawn_at IS NULL
    ) AS said
    LEFT JOIN document ON document.id = said.document
$$;
