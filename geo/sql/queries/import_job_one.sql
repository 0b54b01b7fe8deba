SELECT
    layer,
    state,
    action,
    choice,
    report,
    created_by
FROM import_job
WHERE id = %(job)s::uuid
FOR UPDATE;
