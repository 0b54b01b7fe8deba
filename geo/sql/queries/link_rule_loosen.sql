-- Takes away the links whose rule no longer fits the feature; another rule may bring them back.
DELETE FROM activity_feature
USING link_rule, feature AS asked
WHERE
    link_rule.id = activity_feature.rule
    AND asked.layer = activity_feature.layer
    AND asked.id = activity_feature.feature
    AND (%(activity)s::text IS NULL OR activity_feature.activity = %(activity)s::text)
    AND (%(layer)s::text IS NULL OR %(layer)s::text = link_rule.layer)
    AND NOT link_rule_fits(link_rule, asked);
