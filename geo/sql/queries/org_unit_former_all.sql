SELECT
    code,
    name_zh,
    successor
FROM org_unit_former;
