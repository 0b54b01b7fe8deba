-- What only the program knows of some records, as of a day: how far each is, the activities and money behind it, when
-- it was last seen, and what was reported of it and waits for approval.
SELECT
    feature.layer,
    feature.id,
    json_build_object(
        'status', at_day.status,
        'milestone', at_day.milestone,
        'reached_on', at_day.reached_on,
        'due_on', feature.due_on,
        'received', received.amount,
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
                WHERE activity_feature.layer = feature.layer AND activity_feature.feature = feature.id
            ),
            '[]'
        ),
        'last_seen_on', (
            SELECT max(report.seen_on)
            FROM report
            WHERE
                report.layer = feature.layer
                AND report.feature = feature.id
                AND report.withdrawn_at IS NULL
                AND report.seen_on <= %(as_of)s::date
        ),
        'pending', coalesce(
            (
                SELECT
                    json_agg(
                        json_build_object(
                            'milestone', milestone.milestone,
                            'reached_on', milestone.reached_on,
                            'recorded_by', milestone.recorded_by,
                            'recorded_at', milestone.recorded_at
                        )
                        ORDER BY milestone.reached_on, milestone.id
                    )
                FROM milestone
                WHERE
                    milestone.layer = feature.layer
                    AND milestone.feature = feature.id
                    AND milestone.state = 'pending'
                    AND milestone.revoked_at IS NULL
            ),
            '[]'
        ),
        'illustrative', coalesce(import_mark.illustrative, false)
    ) AS told
FROM unnest(%(layers)s::text[], %(features)s::uuid[]) AS named (layer, feature)
INNER JOIN feature ON feature.layer = named.layer AND feature.id = named.feature
LEFT JOIN LATERAL feature_at(feature.layer, feature.id, feature.starts_on, feature.due_on, %(as_of)s::date) AS at_day
    ON true
CROSS JOIN LATERAL feature_received(feature.layer, feature.id, %(as_of)s::date) AS received
LEFT JOIN import_mark ON import_mark.id = feature.source;
