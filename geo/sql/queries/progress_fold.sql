SELECT progress_fold()
WHERE EXISTS (
    SELECT
    FROM progress_delta
);
