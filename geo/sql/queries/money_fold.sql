SELECT money_fold()
WHERE EXISTS (
    SELECT
    FROM money_delta
);
