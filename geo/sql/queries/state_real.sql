-- Whether anything is here that was not invented for the demonstration.
SELECT EXISTS (SELECT FROM import WHERE NOT illustrative)
OR EXISTS (SELECT FROM claim_document WHERE NOT illustrative)
OR EXISTS (
    SELECT
    FROM feature
    WHERE feature.source IS NULL
)
OR EXISTS (
    SELECT
    FROM activity
    WHERE NOT EXISTS (SELECT FROM import WHERE import.illustrative)
)
OR EXISTS (SELECT FROM transaction WHERE recorded_by <> 'demo');
