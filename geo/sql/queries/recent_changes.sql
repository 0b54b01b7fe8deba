-- What was recorded of the features of a township since a moment, by feature, those that changed last first. Features
-- that were deleted meanwhile are told too.
WITH held AS MATERIALIZED (
    SELECT feature.*
    FROM feature
    INNER JOIN layer ON layer.code = feature.layer
    WHERE
        layer.declared
        AND feature.org_unit = ANY(
            ARRAY(SELECT below.unit FROM org_unit_ancestor AS below WHERE below.ancestor = %(org_unit)s::text)
        )
),

-- Every state that began since then.
state AS MATERIALIZED (
    SELECT
        held.layer,
        held.id AS feature,
        held.version,
        held.recorded_at,
        held.recorded_by,
        held.reason,
        held.deleted_at
    FROM held
    WHERE held.recorded_at > %(since)s::timestamptz
    UNION ALL
    SELECT
        former.layer,
        former.feature,
        former.version,
        former.recorded_at,
        former.recorded_by,
        former.reason,
        former.deleted_at
    FROM feature_version AS former
    WHERE
        former.recorded_at > %(since)s::timestamptz
        AND former.layer = ANY(ARRAY(SELECT DISTINCT held.layer FROM held))
        AND former.feature = ANY(
            ARRAY(SELECT held.id FROM held WHERE held.version > 1 AND held.recorded_at > %(since)s::timestamptz)
        )
),

record AS MATERIALIZED (
    SELECT milestone.*
    FROM milestone
    WHERE
        (milestone.recorded_at > %(since)s::timestamptz OR milestone.revoked_at > %(since)s::timestamptz)
        AND milestone.layer = ANY(ARRAY(SELECT DISTINCT held.layer FROM held))
        AND milestone.feature = ANY(ARRAY(SELECT held.id FROM held))
),

event AS MATERIALIZED (
    SELECT
        state.layer,
        state.feature,
        state.recorded_at AS at,
        state.recorded_by AS by,
        CASE
            WHEN state.deleted_at IS NOT NULL THEN 'deleted'
            WHEN state.version = 1 THEN 'listed'
            ELSE 'changed'
        END AS kind,
        state.version,
        NULL AS milestone,
        NULL::date AS reached_on,
        state.reason AS note
    FROM state
    UNION ALL
    SELECT
        record.layer,
        record.feature,
        record.recorded_at,
        record.recorded_by,
        CASE WHEN record.state = 'approved' THEN 'reached' ELSE record.state END,
        NULL,
        record.milestone,
        record.reached_on,
        record.note
    FROM record
    WHERE record.recorded_at > %(since)s::timestamptz
    UNION ALL
    SELECT
        record.layer,
        record.feature,
        record.revoked_at,
        record.revoked_by,
        'revoked',
        NULL,
        record.milestone,
        record.reached_on,
        NULL
    FROM record
    WHERE record.revoked_at > %(since)s::timestamptz
),

touched AS MATERIALIZED (
    SELECT
        event.layer,
        event.feature,
        max(event.at) AS at
    FROM event
    GROUP BY event.layer, event.feature
),

page AS MATERIALIZED (
    SELECT
        touched.at,
        held.*
    FROM touched
    INNER JOIN held ON held.layer = touched.layer AND held.id = touched.feature
    ORDER BY touched.at DESC, held.layer, held.code
    LIMIT %(limit)s::integer
),

latest AS (
    SELECT
        event.*,
        row_number() OVER (
            PARTITION BY event.layer, event.feature
            ORDER BY event.at DESC, event.version DESC, event.reached_on DESC, event.kind
        ) AS place
    FROM page
    INNER JOIN event ON event.layer = page.layer AND event.feature = page.id
),

story AS (
    SELECT
        latest.layer,
        latest.feature,
        json_agg(
            json_build_object(
                'at', latest.at,
                'by', latest.by,
                'kind', latest.kind,
                'version', latest.version,
                'milestone', latest.milestone,
                'reached_on', latest.reached_on,
                'note', latest.note
            )
            ORDER BY latest.place
        ) AS events
    FROM latest
    WHERE latest.place <= %(events)s::integer
    GROUP BY latest.layer, latest.feature
)

SELECT
    json_build_object(
        'since', %(since)s::timestamptz,
        'number_matched', (SELECT count(*) FROM touched),
        'features', coalesce(
            json_agg(
                json_build_object(
                    'id', page.id,
                    'layer', page.layer,
                    'code', page.code,
                    'name', page.name,
                    'deleted', page.deleted_at IS NOT NULL,
                    'events', story.events
                )
                ORDER BY page.at DESC, page.layer, page.code
            ),
            '[]'
        )
    )::text
FROM page
INNER JOIN story ON story.layer = page.layer AND story.feature = page.id;
