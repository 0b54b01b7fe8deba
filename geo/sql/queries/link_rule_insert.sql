INSERT INTO link_rule AS kept (activity, layer, org_unit, attribute, value, recorded_by)
VALUES (
    %(activity)s::text, %(layer)s::text, %(org_unit)s::text, %(attribute)s::text, %(value)s::text, %(by)s::text
)
ON CONFLICT ON CONSTRAINT link_rule_once DO UPDATE
SET value = kept.value
RETURNING id;
