-- Links that rules make, over the features of every place, whoever it was that changed one.

-- Brings the links of an activity or of a layer (NULL: of all) to what the rules say now: takes away those whose rule
-- no longer fits the feature, adds those that are asked for and not there yet. Returns how many were added.
CREATE OR REPLACE FUNCTION link_apply(of_activity text, of_layer text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    added bigint;
BEGIN
    DELETE FROM activity_feature
    USING link_rule, feature AS asked
    WHERE
        link_rule.id = activity_feature.rule
        AND asked.layer = activity_feature.layer
        AND asked.id = activity_feature.feature
        AND (of_activity IS NULL OR activity_feature.activity = of_activity)
        AND (of_layer IS NULL OR of_layer = link_rule.layer)
        AND NOT link_rule_fits(link_rule, asked);
    INSERT INTO activity_feature (activity, layer, feature, rule)
    SELECT
        link_rule.activity,
        asked.layer,
        asked.id,
        min(link_rule.id)
    FROM link_rule
    INNER JOIN feature AS asked ON asked.layer = link_rule.layer
    WHERE
        (of_activity IS NULL OR link_rule.activity = of_activity)
        AND (of_layer IS NULL OR link_rule.layer = of_layer)
        AND link_rule_fits(link_rule, asked)
    GROUP BY link_rule.activity, asked.layer, asked.id
    ON CONFLICT ON CONSTRAINT activity_feature_key DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END
$$;
