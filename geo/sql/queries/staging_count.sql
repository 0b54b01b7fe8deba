WITH change AS (
    SELECT
        feature,
        bool_or(fresh) AS fresh
    FROM staged_change
    GROUP BY feature
),

known AS (
    SELECT
        count(*) FILTER (WHERE fresh) AS fresh,
        count(*) FILTER (WHERE NOT fresh) AS changed
    FROM change
)

SELECT
    known.fresh,
    known.changed,
    (SELECT count(*) FROM {staging}) - known.fresh - known.changed AS unchanged
FROM known;
