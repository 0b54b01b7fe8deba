-- The features of a layer in a township with their personal columns, by village and code; of those alone whose personal
-- columns the viewer may see, which row-level security says.
SELECT
    feature.id,
    feature.code,
    feature.name,
    feature.org_unit,
    at_day.status,
    feature_private.attributes
FROM feature
INNER JOIN feature_private ON feature_private.layer = feature.layer AND feature_private.feature = feature.id
CROSS JOIN LATERAL feature_at(
    feature.layer, feature.id, feature.starts_on, feature.due_on, %(as_of)s::date
) AS at_day
WHERE
    feature.layer = %(layer)s::text
    AND feature.deleted_at IS NULL
    AND feature.org_unit = ANY(
        ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text)
    )
    AND (%(village)s::text IS NULL OR feature.org_unit = %(village)s::text)
    AND feature_private.attributes ?| %(columns)s::text[]
ORDER BY feature.org_unit, feature.code
LIMIT %(limit)s::integer;
