-- Overlays of somebody's own that are not done yet.
SELECT count(*)
FROM overlay_job
WHERE state IN ('waiting', 'running');
