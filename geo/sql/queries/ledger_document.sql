INSERT INTO document (number, title)
VALUES (%(number)s::text, %(number)s::text)
ON CONFLICT ON CONSTRAINT document_number_once DO UPDATE
SET number = excluded.number
RETURNING id;
