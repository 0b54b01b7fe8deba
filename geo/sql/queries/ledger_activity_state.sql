INSERT INTO activity (code, name_zh, name_en, starts_on, due_on)
VALUES (%(code)s::text, %(name_zh)s::text, %(name_en)s::text, %(starts_on)s::date, %(due_on)s::date)
ON CONFLICT ON CONSTRAINT activity_key DO UPDATE
SET
    name_zh = excluded.name_zh,
    name_en = excluded.name_en,
    starts_on = excluded.starts_on,
    due_on = excluded.due_on;
