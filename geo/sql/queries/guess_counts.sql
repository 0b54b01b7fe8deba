-- What was looked at of late: of a name in all, of it wrong since the last right one, of an address wrong; in seconds,
-- how long ago the last wrong one was, and when there is room again for another.
WITH
recent AS (
    SELECT
        tried_at,
        succeeded,
        max(tried_at) FILTER (WHERE succeeded) OVER () AS right_at,
        row_number() OVER (ORDER BY tried_at DESC, id DESC) AS place
    FROM sign_in
    WHERE name = %(called)s::text AND tried_at > now() - make_interval(secs => %(within)s::integer)
),

wrong AS (
    SELECT tried_at
    FROM recent
    WHERE NOT succeeded AND tried_at > coalesce(right_at, '-infinity')
),

beside AS (
    SELECT
        tried_at,
        row_number() OVER (ORDER BY tried_at DESC, id DESC) AS place
    FROM sign_in
    WHERE
        address = %(address)s::text
        AND NOT succeeded
        AND tried_at > now() - make_interval(secs => %(within)s::integer)
)

SELECT
    (SELECT count(*) FROM recent)::integer AS looked_at,
    (SELECT count(*) FROM wrong)::integer AS wrong,
    (SELECT extract(EPOCH FROM now() - max(tried_at)) FROM wrong)::double precision AS since,
    (
        SELECT extract(EPOCH FROM tried_at - now()) + %(within)s::integer
        FROM recent
        WHERE place = %(of_name)s::integer
    )::double precision AS room_for_name,
    (
        SELECT extract(EPOCH FROM tried_at - now()) + %(within)s::integer
        FROM beside
        WHERE place = %(of_address)s::integer
    )::double precision AS room_for_address;
