-- The database in numbers.
SELECT
    current_database() AS database,
    current_setting('server_version') AS server,
    postgis_lib_version() AS postgis,
    pg_database_size(current_database()) AS size,
    (SELECT count(*) FROM feature WHERE deleted_at IS NULL) AS features,
    (SELECT count(*) FROM milestone WHERE state = 'approved' AND revoked_at IS NULL) AS milestones,
    (SELECT count(*) FROM org_unit) AS org_units,
    (
        SELECT count(*)
        FROM org_unit
        WHERE level = 'township' AND geom IS NOT NULL AND illustrative
    ) AS illustrative_townships,
    (SELECT count(*) FROM import) AS imports,
    (SELECT count(*) FROM activity) AS activities,
    (SELECT count(*) FROM progress_delta) + (SELECT count(*) FROM money_delta) AS unfolded;
