-- West, south, east, north of a table's geometries as its index has them: at once, and never too small.
SELECT st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)
FROM (SELECT st_estimatedextent(current_schema()::text, %(table)s::text, 'geom') AS box) AS extent
WHERE box IS NOT NULL;
