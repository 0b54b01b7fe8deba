SELECT true
FROM feature
WHERE deleted_at IS NULL
LIMIT 1;
