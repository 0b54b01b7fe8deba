-- Adds the links that the rules ask for and that are not there yet.
WITH added AS (
    INSERT INTO activity_feature (activity, layer, feature, rule)
    SELECT
        link_rule.activity,
        asked.layer,
        asked.id,
        min(link_rule.id)
    FROM link_rule
    INNER JOIN feature AS asked ON asked.layer = link_rule.layer
    WHERE
        (%(activity)s::text IS NULL OR link_rule.activity = %(activity)s::text)
        AND (%(layer)s::text IS NULL OR %(layer)s::text = link_rule.layer)
        AND link_rule_fits(link_rule, asked)
    GROUP BY link_rule.activity, asked.layer, asked.id
    ON CONFLICT ON CONSTRAINT activity_feature_key DO NOTHING
    RETURNING feature
)

SELECT count(*) FROM added;
