-- One feature with everything that is known of it but its personal columns.
WITH chosen AS MATERIALIZED (
    SELECT feature.*
    FROM layer
    INNER JOIN feature ON feature.layer = layer.code
    WHERE
        feature.id = %(id)s::uuid
        AND feature.deleted_at IS NULL
),

record AS (
    SELECT
        json_agg(
            json_build_object(
                'milestone', milestone.milestone,
                'reached_on', milestone.reached_on,
                'state', CASE WHEN milestone.revoked_at IS NULL THEN milestone.state ELSE 'revoked' END,
                'note', milestone.note,
                'file', import.file,
                'recorded_at', milestone.recorded_at,
                'recorded_by', milestone.recorded_by,
                'revoked_at', milestone.revoked_at,
                'revoked_by', milestone.revoked_by
            )
            ORDER BY milestone.reached_on, layer_milestone.place, milestone.id
        ) AS milestones
    FROM chosen
    INNER JOIN milestone ON milestone.layer = chosen.layer AND milestone.feature = chosen.id
    INNER JOIN layer_milestone
        ON layer_milestone.layer = milestone.layer AND layer_milestone.milestone = milestone.milestone
    LEFT JOIN import ON import.id = milestone.source
),

-- What was spent on it by the day.
paid AS (
    SELECT
        json_agg(
            json_build_object(
                'transaction', transaction.id,
                'activity', activity.code,
                'name', json_build_object('zh', activity.name_zh, 'en', coalesce(activity.name_en, activity.name_zh)),
                'fund_source', transaction.fund_source,
                'value_date', transaction.value_date,
                'amount', allocation.amount,
                'basis', allocation.basis,
                'document', document.number
            )
            ORDER BY transaction.value_date, transaction.id
        ) AS amounts
    FROM chosen
    INNER JOIN allocation ON allocation.layer = chosen.layer AND allocation.feature = chosen.id
    INNER JOIN transaction ON transaction.id = allocation.transaction
    INNER JOIN activity ON activity.code = transaction.activity
    LEFT JOIN document ON document.id = transaction.document
    WHERE transaction.value_date <= %(as_of)s::date
),

-- What was seen of it in the field, the last first, with what was photographed.
seen AS (
    SELECT
        max(report.seen_on) AS last_seen_on,
        coalesce(
            json_agg(
                json_build_object(
                    'report', report.id,
                    'number', attachment.number,
                    'seen_on', report.seen_on,
                    'taken_at', attachment.taken_at
                )
                ORDER BY report.seen_on DESC, report.recorded_at DESC, attachment.number
            ) FILTER (WHERE attachment.number IS NOT NULL),
            '[]'
        ) AS photographs
    FROM chosen
    INNER JOIN report ON report.layer = chosen.layer AND report.feature = chosen.id
    LEFT JOIN attachment ON attachment.report = report.id
    WHERE report.withdrawn_at IS NULL AND report.seen_on <= %(as_of)s::date
),

-- Every state the feature has had.
stored AS (
    SELECT
        version,
        code,
        name,
        org_unit,
        geom,
        area_m2,
        registered_area_m2,
        attributes,
        starts_on,
        due_on,
        source,
        source_row,
        recorded_at,
        recorded_by,
        reason,
        deleted_at
    FROM chosen
    UNION ALL
    SELECT
        former.version,
        former.code,
        former.name,
        former.org_unit,
        former.geom,
        former.area_m2,
        former.registered_area_m2,
        former.attributes,
        former.starts_on,
        former.due_on,
        former.source,
        former.source_row,
        former.recorded_at,
        former.recorded_by,
        former.reason,
        former.deleted_at
    FROM chosen
    INNER JOIN feature_version AS former ON former.layer = chosen.layer AND former.feature = chosen.id
),

told AS (
    SELECT
        stored.version,
        stored.recorded_at,
        stored.recorded_by,
        stored.reason,
        stored.source,
        stored.source_row,
        stored.geom,
        stored.attributes || jsonb_build_object(
            'code', stored.code,
            'name', stored.name,
            'org_unit', stored.org_unit,
            'area_m2', stored.area_m2,
            'registered_area_m2', stored.registered_area_m2,
            'starts_on', stored.starts_on,
            'due_on', stored.due_on,
            'deleted', stored.deleted_at IS NOT NULL
        ) AS members
    FROM stored
),

paired AS MATERIALIZED (
    SELECT
        told.version,
        told.recorded_at,
        told.recorded_by,
        told.reason,
        told.source,
        told.source_row,
        told.members,
        st_asbinary(told.geom) AS drawn,
        lag(told.members) OVER older AS earlier,
        lag(st_asbinary(told.geom)) OVER older AS drawn_earlier
    FROM told
    WINDOW older AS (ORDER BY told.version)
),

history AS (
    SELECT
        json_agg(
            json_build_object(
                'version', paired.version,
                'recorded_at', paired.recorded_at,
                'recorded_by', paired.recorded_by,
                'reason', paired.reason,
                'file', import.file,
                'row', paired.source_row,
                'geometry_changed', paired.earlier IS NOT NULL AND paired.drawn IS DISTINCT FROM paired.drawn_earlier,
                'changes', (
                    SELECT
                        coalesce(
                            json_agg(
                                json_build_object(
                                    'column', member.name,
                                    'before', paired.earlier -> member.name,
                                    'after', paired.members -> member.name
                                )
                                ORDER BY member.name
                            ),
                            '[]'
                        )
                    FROM jsonb_object_keys(paired.earlier || paired.members) AS member (name)
                    WHERE
                        nullif(paired.earlier -> member.name, 'null')
                        IS DISTINCT FROM nullif(paired.members -> member.name, 'null')
                )
            )
            ORDER BY paired.version DESC
        ) AS versions
    FROM paired
    LEFT JOIN import ON import.id = paired.source
)

SELECT
    json_build_object(
        'type', 'Feature',
        'id', chosen.id,
        'geometry', st_asgeojson(chosen.geom, 7, 0)::json,
        'properties', json_build_object(
            'layer', chosen.layer,
            'code', chosen.code,
            'name', chosen.name,
            'org_unit', chosen.org_unit,
            'township', CASE org_unit.level WHEN 'township' THEN org_unit.code WHEN 'village' THEN org_unit.parent END,
            'village', CASE
                WHEN org_unit.level = 'village'
                    THEN json_build_object(
                        'code', org_unit.code,
                        'name', json_build_object(
                            'zh', coalesce(org_unit.short_name, org_unit.name_zh),
                            'en', coalesce(org_unit.name_en, org_unit.name_zh)
                        )
                    )
            END,
            'status', at_day.status,
            'milestone', at_day.milestone,
            'reached_on', at_day.reached_on,
            'starts_on', chosen.starts_on,
            'due_on', chosen.due_on,
            'area_m2', chosen.area_m2,
            'registered_area_m2', chosen.registered_area_m2,
            'illustrative', coalesce(
                (SELECT import_mark.illustrative FROM import_mark WHERE import_mark.id = chosen.source), false
            ),
            'version', chosen.version,
            'attributes', chosen.attributes,
            'milestones', coalesce((SELECT record.milestones FROM record), '[]'),
            'versions', coalesce((SELECT history.versions FROM history), '[]'),
            'activities', coalesce(
                (
                    SELECT
                        json_agg(
                            json_build_object(
                                'code', activity.code,
                                'name', json_build_object(
                                    'zh', activity.name_zh, 'en', coalesce(activity.name_en, activity.name_zh)
                                )
                            )
                            ORDER BY activity.code
                        )
                    FROM activity_feature
                    INNER JOIN activity ON activity.code = activity_feature.activity
                    WHERE activity_feature.layer = chosen.layer AND activity_feature.feature = chosen.id
                ),
                '[]'
            ),
            'received', received.amount,
            'money', coalesce((SELECT paid.amounts FROM paid), '[]'),
            'last_seen_on', seen.last_seen_on,
            'photographs', seen.photographs,
            'source', CASE
                WHEN import.id IS NOT NULL
                    THEN json_build_object(
                        'file', import.file,
                        'table', import.report ->> 'table',
                        'row', chosen.source_row,
                        'imported_at', import.imported_at
                    )
            END
        )
    )::text
FROM chosen
CROSS JOIN seen
LEFT JOIN LATERAL feature_at(chosen.layer, chosen.id, chosen.starts_on, chosen.due_on, %(as_of)s::date) AS at_day
    ON true
CROSS JOIN LATERAL feature_received(chosen.layer, chosen.id, %(as_of)s::date) AS received
LEFT JOIN org_unit ON org_unit.code = chosen.org_unit
LEFT JOIN import ON import.id = chosen.source;
