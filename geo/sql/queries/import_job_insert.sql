INSERT INTO import_job (layer, created_by)
VALUES (%(layer)s::text, %(by)s::text)
RETURNING id;
