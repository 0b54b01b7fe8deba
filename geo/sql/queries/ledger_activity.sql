INSERT INTO activity (code, name_zh, starts_on)
VALUES (%(code)s, %(name_zh)s, %(starts_on)s::date)
ON CONFLICT ON CONSTRAINT activity_name_once DO UPDATE
SET starts_on = excluded.starts_on
RETURNING code;
