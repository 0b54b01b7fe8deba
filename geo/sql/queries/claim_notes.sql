-- Everything said of claims, the newest first.
SELECT
    document,
    claim,
    status,
    note,
    recorded_at,
    recorded_by
FROM claim_note
ORDER BY id DESC;
