INSERT INTO document (number, title)
VALUES (%(number)s, %(number)s)
ON CONFLICT ON CONSTRAINT document_number_once DO UPDATE
SET title = excluded.title
RETURNING id;
