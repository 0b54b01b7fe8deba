SELECT
    code,
    level,
    parent,
    name_zh AS name,
    short_name,
    st_asbinary(geom) AS geom,
    illustrative
FROM org_unit;
