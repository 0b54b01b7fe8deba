-- One job as it is shown.
SELECT
    json_build_object(
        'id', overlay_job.id,
        'batch', overlay_job.batch,
        'layers', overlay_job.layers,
        'as_of', overlay_job.as_of,
        'within_m', overlay_job.within_m,
        'state', overlay_job.state,
        'done', overlay_job.done,
        'whole', overlay_job.whole,
        'problem', overlay_job.problem,
        'created_at', overlay_job.created_at,
        'levels', (
            SELECT coalesce(json_object_agg(found.level, found.parcels), '{}')
            FROM (
                SELECT
                    coalesce(overlay_result.level, 'clear') AS level,
                    count(*) AS parcels
                FROM overlay_result
                WHERE overlay_result.job = overlay_job.id
                GROUP BY coalesce(overlay_result.level, 'clear')
            ) AS found
        )
    )::text
FROM overlay_job
INNER JOIN parcel_batch ON parcel_batch.id = overlay_job.batch AND parcel_batch.withdrawn_at IS NULL
WHERE overlay_job.id = %(job)s::uuid;
