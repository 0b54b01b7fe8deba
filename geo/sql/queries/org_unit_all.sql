SELECT
    code,
    level,
    parent,
    name_zh AS name,
    name_en,
    short_name,
    st_asbinary(geom) AS geom,
    illustrative
FROM org_unit;
