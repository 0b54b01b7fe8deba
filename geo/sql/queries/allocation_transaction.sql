-- A transaction that is to be spread, locked: whoever spreads it at the same time waits.
SELECT
    amount,
    activity
FROM transaction
WHERE id = %(transaction)s::bigint AND withdrawn_at IS NULL
FOR NO KEY UPDATE;
