-- What was found of the parcels of a job, what stands against them most first.
WITH ranked AS MATERIALIZED (
    SELECT
        place,
        row_number() OVER (ORDER BY weight DESC, place) AS number
    FROM overlay_result
    WHERE job = %(job)s::uuid
),

page AS (
    SELECT
        ranked.number,
        overlay_result.told
    FROM ranked
    INNER JOIN overlay_result ON overlay_result.job = %(job)s::uuid AND overlay_result.place = ranked.place
    WHERE
        ranked.number > %(skipped)s::integer
        AND ranked.number <= %(skipped)s::integer + %(limit)s::integer
)

SELECT
    json_build_object(
        'parcels', coalesce(json_agg(page.told ORDER BY page.number), '[]'),
        'next', CASE
            WHEN (SELECT count(*) FROM ranked) > %(skipped)s::integer + %(limit)s::integer
                THEN %(skipped)s::integer + %(limit)s::integer
        END
    )::text
FROM page;
