-- The items of a layer that are listed on a day; {columns} are the days of its milestones and its own attributes.
-- {found}: that they are listed is known. The layer is no parameter: a prepared plan knows the one partition.
--
-- PostgreSQL leaves out every join of which no column is asked for: each finds one row at most.
SELECT
    feature.code AS key,
    feature.id,
    feature.geom AS geometry,
    feature.code,
    feature.name,
    CASE org_unit.level WHEN 'township' THEN org_unit.code WHEN 'village' THEN org_unit.parent END AS township,
    CASE org_unit.level WHEN 'township' THEN unit_name.told WHEN 'village' THEN above_name.told END AS township_name,
    CASE org_unit.level WHEN 'village' THEN org_unit.code END AS village,
    CASE org_unit.level WHEN 'village' THEN unit_name.told END AS village_name,
    at_day.status,
    at_day.milestones[1] AS milestone,
    at_day.days[1] AS reached_on,
    {columns},
    feature.registered_area_m2,
    feature.starts_on,
    feature.due_on,
    feature.area_m2,
    coalesce(import_mark.illustrative, false) AS illustrative,
    feature.recorded_at,
    feature.version
FROM feature
LEFT JOIN org_unit ON org_unit.code = feature.org_unit
LEFT JOIN org_unit AS above ON above.code = org_unit.parent
LEFT JOIN import_mark ON import_mark.id = feature.source
CROSS JOIN LATERAL (
    SELECT
        CASE %(language)s::text
            WHEN 'en' THEN coalesce(org_unit.name_en, org_unit.name_zh)
            ELSE coalesce(org_unit.short_name, org_unit.name_zh)
        END AS told
) AS unit_name
CROSS JOIN LATERAL (
    SELECT
        CASE %(language)s::text
            WHEN 'en' THEN coalesce(above.name_en, above.name_zh)
            ELSE coalesce(above.short_name, above.name_zh)
        END AS told
) AS above_name
LEFT JOIN LATERAL feature_state(feature.layer, feature.id, feature.due_on, %(as_of)s::date) AS at_day ON true
WHERE
    feature.layer = {layer}
    AND feature.deleted_at IS NULL
    AND (
        {found}
        OR coalesce(
            least(
                feature.starts_on,
                (
                    SELECT min(milestone.reached_on)
                    FROM milestone
                    WHERE
                        milestone.layer = feature.layer
                        AND milestone.feature = feature.id
                        AND milestone.state = 'approved'
                        AND milestone.revoked_at IS NULL
                )
            ), '-infinity'
        ) <= %(as_of)s::date
    )
