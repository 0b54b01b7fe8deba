-- A report as it was sent, to tell the same one sent again from another.
SELECT
    report.feature,
    report.seen_on,
    report.note,
    st_x(report.geom) AS lon,
    st_y(report.geom) AS lat,
    report.accuracy_m::float8 AS accuracy,
    report.photographs,
    report.recorded_by,
    (
        SELECT milestone.milestone
        FROM milestone
        WHERE milestone.report = report.id
        ORDER BY milestone.id
        LIMIT 1
    ) AS milestone
FROM report
WHERE report.id = %(id)s::uuid;
