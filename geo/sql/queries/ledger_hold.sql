-- Whoever spreads the transaction at the same time waits, or is waited for.
SELECT true
FROM transaction
WHERE id = %(id)s::bigint AND withdrawn_at IS NULL
FOR NO KEY UPDATE;
