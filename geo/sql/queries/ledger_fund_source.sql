INSERT INTO fund_source (code, name_zh, name_en)
VALUES (%(code)s, %(name_zh)s, %(name_en)s)
ON CONFLICT ON CONSTRAINT fund_source_key DO UPDATE
SET
    name_zh = excluded.name_zh,
    name_en = excluded.name_en;
