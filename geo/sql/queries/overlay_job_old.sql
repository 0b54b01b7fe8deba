-- Overlays of long ago, and those of batches that were withdrawn, with what they found.
DELETE FROM overlay_job
WHERE
    state NOT IN ('waiting', 'running')
    AND (
        changed_at <= now() - make_interval(days => %(days)s::integer)
        OR batch IN (SELECT parcel_batch.id FROM parcel_batch WHERE parcel_batch.withdrawn_at IS NOT NULL)
    )
RETURNING id;
