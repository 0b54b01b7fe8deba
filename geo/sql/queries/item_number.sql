-- How many items there are, counted no further than %(most)s: one more says that there are too many to count.
SELECT count(*)
FROM (
    SELECT item.key
    FROM ({source}) AS item
    WHERE {condition}
    LIMIT %(most)s::bigint + 1
) AS counted;
