-- How far one feature is on a day, by the same rules as the sums of progress: always a row. milestones are those
-- reached by then, the furthest first, days are theirs: furthest is what means most, of several such the last in the
-- order of the layer. first_on is the first day of all, be it later. A feature of a reference layer has no status.
CREATE OR REPLACE FUNCTION feature_state(of_layer text, of_feature uuid, due_on date, as_of date)
RETURNS TABLE (status text, milestones text[], days date[], first_on date)
LANGUAGE sql STABLE AS $$
    SELECT
        CASE
            WHEN NOT EXISTS (SELECT FROM layer_milestone WHERE layer_milestone.layer = of_layer) THEN NULL
            WHEN max(reached.status) FILTER (WHERE reached.reached_on <= as_of) = 3 THEN 'accepted'
            WHEN max(reached.status) FILTER (WHERE reached.reached_on <= as_of) = 2 THEN 'completed'
            WHEN due_on < as_of THEN 'overdue'
            WHEN max(reached.status) FILTER (WHERE reached.reached_on <= as_of) = 1 THEN 'under_way'
            ELSE 'not_started'
        END,
        array_agg(reached.milestone ORDER BY reached.status DESC, reached.place DESC)
            FILTER (WHERE reached.reached_on <= as_of),
        array_agg(reached.reached_on ORDER BY reached.status DESC, reached.place DESC)
            FILTER (WHERE reached.reached_on <= as_of),
        min(reached.reached_on)
    FROM (
        SELECT layer_milestone.status, layer_milestone.place, milestone.milestone, milestone.reached_on
        FROM milestone
        INNER JOIN layer_milestone USING (layer, milestone)
        WHERE
            milestone.layer = of_layer
            AND milestone.feature = of_feature
            AND milestone.state = 'approved'
            AND milestone.revoked_at IS NULL
    ) AS reached
$$;

-- The same with the furthest milestone and its day; no row where the feature is not listed yet.
CREATE OR REPLACE FUNCTION feature_at(of_layer text, of_feature uuid, starts_on date, due_on date, as_of date)
RETURNS TABLE (status text, milestone text, reached_on date, milestones text[])
LANGUAGE sql STABLE AS $$
    SELECT state.status, state.milestones[1], state.days[1], state.milestones
    FROM feature_state(of_layer, of_feature, due_on, as_of) AS state
    WHERE coalesce(least(starts_on, state.first_on), '-infinity') <= as_of
$$;

-- Which imports held illustrative records. Files are told to those who see everything; whoever sees a record must know
-- whether it is real.
CREATE OR REPLACE VIEW import_mark AS
SELECT
    import.id,
    import.illustrative,
    import.layer
FROM import;
