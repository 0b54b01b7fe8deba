UPDATE org_unit
SET
    geom = st_multi(st_geomfromwkb(%(geom)s::bytea, 4490)),
    illustrative = %(illustrative)s::boolean
WHERE
    code = %(code)s
    AND (geom IS NULL OR %(overwrite)s::boolean);
