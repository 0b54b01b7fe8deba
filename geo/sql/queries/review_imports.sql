-- Imports of which milestones wait, with how many of what.
SELECT
    coalesce(json_agg(told.import ORDER BY told.id DESC), '[]')::text
FROM (
    SELECT
        waiting.source AS id,
        json_build_object(
            'id', waiting.source,
            'layer', waiting.layer,
            'file', max(import.file),
            'imported_at', max(import.imported_at),
            'imported_by', min(waiting.recorded_by),
            'milestones', count(*),
            'features', count(DISTINCT waiting.feature)
        ) AS import
    FROM milestone AS waiting
    INNER JOIN feature ON feature.layer = waiting.layer AND feature.id = waiting.feature
    LEFT JOIN import ON import.id = waiting.source
    WHERE
        waiting.state = 'pending'
        AND waiting.revoked_at IS NULL
        AND waiting.source IS NOT NULL
        AND (%(layer)s::text IS NULL OR waiting.layer = %(layer)s::text)
        AND (
            %(org_unit)s::text IS NULL
            OR coalesce(feature.org_unit, '') IN (
                SELECT below.unit
                FROM org_unit_ancestor AS below
                WHERE below.ancestor = %(org_unit)s::text
            )
        )
    GROUP BY waiting.source, waiting.layer
) AS told;
