-- Batches that the reader may see, newest first.
WITH page AS MATERIALIZED (
    SELECT
        id,
        name,
        origin,
        file,
        shared,
        version,
        problems,
        created_at,
        created_by
    FROM parcel_batch
    WHERE
        withdrawn_at IS NULL
        AND (
            %(before)s::uuid IS NULL
            OR (created_at, id) < (
                SELECT
                    last.created_at,
                    last.id
                FROM parcel_batch AS last
                WHERE last.id = %(before)s::uuid
            )
        )
    ORDER BY created_at DESC, id DESC
    LIMIT %(limit)s::integer + 1
),

kept AS (
    SELECT *
    FROM page
    ORDER BY created_at DESC, id DESC
    LIMIT %(limit)s::integer
),

counted AS (
    SELECT
        parcel.batch,
        count(*) AS parcels,
        sum(parcel.area_m2) AS area_m2
    FROM parcel
    WHERE parcel.batch IN (SELECT kept.id FROM kept)
    GROUP BY parcel.batch
)

SELECT
    json_build_object(
        'batches', coalesce(
            json_agg(
                json_build_object(
                    'id', kept.id,
                    'name', kept.name,
                    'origin', kept.origin,
                    'file', kept.file,
                    'shared', kept.shared,
                    'mine', kept.created_by = viewer_name(),
                    'version', kept.version,
                    'parcels', coalesce(counted.parcels, 0),
                    'area_m2', coalesce(counted.area_m2, 0),
                    'refused', jsonb_array_length(
                        jsonb_path_query_array(kept.problems, '$[*] ? (@.refused == true)')
                    ),
                    'created_at', kept.created_at,
                    'created_by', kept.created_by,
                    'revised', EXISTS (
                        SELECT
                        FROM parcel_batch AS later
                        WHERE later.revises = kept.id AND later.withdrawn_at IS NULL
                    )
                )
                ORDER BY kept.created_at DESC, kept.id DESC
            ),
            '[]'
        ),
        'next', CASE
            WHEN (SELECT count(*) FROM page) > %(limit)s::integer
                THEN (SELECT last.id FROM kept AS last ORDER BY last.created_at, last.id LIMIT 1)
        END
    )::text
FROM kept
LEFT JOIN counted ON counted.batch = kept.id;
