UPDATE feature
SET
    code = former.code,
    name = former.name,
    org_unit = former.org_unit,
    geom = former.geom,
    area_m2 = former.area_m2,
    registered_area_m2 = former.registered_area_m2,
    attributes = former.attributes,
    starts_on = former.starts_on,
    due_on = former.due_on,
    source = former.source,
    source_row = former.source_row,
    recorded_by = %(by)s::text,
    reason = %(reason)s::text
FROM undone
INNER JOIN feature_version AS former
    ON
        former.layer = %(layer)s::text
        AND former.feature = undone.feature
        AND former.version = undone.version - 1
WHERE
    feature.layer = %(layer)s::text
    AND feature.id = undone.feature
    AND NOT undone.fresh;
