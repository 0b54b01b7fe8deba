INSERT INTO org_unit (code, level, parent, name_zh, name_en, short_name)
VALUES (%(code)s, %(level)s, %(parent)s, %(name_zh)s, %(name_en)s, %(short_name)s)
ON CONFLICT ON CONSTRAINT org_unit_key DO UPDATE
SET
    name_zh = excluded.name_zh,
    name_en = excluded.name_en,
    short_name = excluded.short_name;
