-- A batch as a FeatureCollection, a page of its parcels at a time, with what the reader's last overlay of it came to.
WITH batch AS MATERIALIZED (
    SELECT
        id,
        name,
        origin,
        file,
        sha256,
        shared,
        revises,
        version,
        notes,
        problems,
        created_at,
        created_by
    FROM parcel_batch
    WHERE id = %(batch)s::uuid AND withdrawn_at IS NULL
),

page AS MATERIALIZED (
    SELECT
        parcel.id,
        parcel.place,
        parcel.number,
        parcel.name,
        parcel.geom,
        parcel.area_m2,
        parcel.registered_area_m2,
        parcel.kind,
        parcel.source_row,
        parcel.problems
    FROM parcel
    INNER JOIN batch ON batch.id = parcel.batch
    WHERE parcel.place > %(after)s::integer
    ORDER BY parcel.place
    LIMIT %(limit)s::integer
),

last AS (
    SELECT
        overlay_job.id,
        overlay_job.state,
        overlay_job.as_of
    FROM overlay_job
    INNER JOIN batch ON batch.id = overlay_job.batch
    ORDER BY overlay_job.created_at DESC
    LIMIT 1
)

SELECT
    json_build_object(
        'type', 'FeatureCollection',
        'id', batch.id,
        'name', batch.name,
        'origin', batch.origin,
        'file', batch.file,
        'sha256', batch.sha256,
        'shared', batch.shared,
        'mine', batch.created_by = viewer_name(),
        'version', batch.version,
        'created_at', batch.created_at,
        'created_by', batch.created_by,
        'revises', (
            SELECT json_build_object('id', earlier.id, 'name', earlier.name)
            FROM parcel_batch AS earlier
            WHERE earlier.id = batch.revises AND earlier.withdrawn_at IS NULL
        ),
        'revised', (
            SELECT json_build_object('id', later.id, 'name', later.name)
            FROM parcel_batch AS later
            WHERE later.revises = batch.id AND later.withdrawn_at IS NULL
        ),
        'notes', batch.notes,
        'problems', batch.problems,
        'parcels', (SELECT count(*) FROM parcel WHERE parcel.batch = batch.id),
        'area_m2', (SELECT coalesce(sum(parcel.area_m2), 0) FROM parcel WHERE parcel.batch = batch.id),
        'overlay', (
            SELECT
                json_build_object(
                    'job', last.id,
                    'state', last.state,
                    'as_of', last.as_of,
                    'levels', (
                        SELECT coalesce(json_object_agg(found.level, found.parcels), '{}')
                        FROM (
                            SELECT
                                coalesce(overlay_result.level, 'clear') AS level,
                                count(*) AS parcels
                            FROM overlay_result
                            WHERE overlay_result.job = last.id
                            GROUP BY coalesce(overlay_result.level, 'clear')
                        ) AS found
                    )
                )
            FROM last
        ),
        'next', (
            SELECT max(page.place)
            FROM page
            HAVING
                count(*) = %(limit)s::integer
                AND EXISTS (
                    SELECT FROM parcel
                    WHERE parcel.batch = %(batch)s::uuid AND parcel.place > (SELECT max(held.place) FROM page AS held)
                )
        ),
        'features', (
            SELECT
                coalesce(
                    json_agg(
                        json_build_object(
                            'type', 'Feature',
                            'id', page.id,
                            'geometry', st_asgeojson(page.geom, 9)::json,
                            'properties', json_build_object(
                                'place', page.place,
                                'number', page.number,
                                'name', page.name,
                                'area_m2', page.area_m2,
                                'registered_area_m2', page.registered_area_m2,
                                'kind', page.kind,
                                'source_row', page.source_row,
                                'problems', page.problems
                            )
                        )
                        ORDER BY page.place
                    ),
                    '[]'
                )
            FROM page
        )
    )::text
FROM batch;
