-- How far one feature is on a day, by the same rules as the sums of progress; no row where it is not listed yet.
--
-- The furthest milestone is the one that means most, of several such the last in the layer's order. The status of a
-- feature of a reference layer is NULL.

CREATE OR REPLACE FUNCTION feature_at(of_layer text, of_feature uuid, starts_on date, due_on date, as_of date)
RETURNS TABLE (status text, milestone text, reached_on date, milestones text[])
LANGUAGE sql STABLE AS $$
    SELECT
        CASE
            WHEN NOT EXISTS (SELECT FROM layer_milestone WHERE layer_milestone.layer = of_layer) THEN NULL
            WHEN reached.status = 3 THEN 'accepted'
            WHEN reached.status = 2 THEN 'completed'
            WHEN due_on < as_of THEN 'overdue'
            WHEN reached.status = 1 THEN 'under_way'
            ELSE 'not_started'
        END,
        reached.milestones[1],
        reached.days[1],
        reached.milestones
    FROM (
        SELECT
            max(layer_milestone.status) FILTER (WHERE milestone.reached_on <= as_of) AS status,
            array_agg(milestone.milestone ORDER BY layer_milestone.status DESC, layer_milestone.place DESC)
            FILTER (WHERE milestone.reached_on <= as_of) AS milestones,
            array_agg(milestone.reached_on ORDER BY layer_milestone.status DESC, layer_milestone.place DESC)
            FILTER (WHERE milestone.reached_on <= as_of) AS days,
            min(milestone.reached_on) AS first
        FROM milestone
        INNER JOIN layer_milestone USING (layer, milestone)
        WHERE
            milestone.layer = of_layer
            AND milestone.feature = of_feature
            AND milestone.state = 'approved'
            AND milestone.revoked_at IS NULL
    ) AS reached
    WHERE coalesce(least(starts_on, reached.first), '-infinity') <= as_of
$$;
