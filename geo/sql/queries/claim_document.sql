INSERT INTO claim_document (code, title, year, illustrative)
VALUES (%(code)s::text, %(title)s::text, %(year)s::integer, %(illustrative)s::boolean)
ON CONFLICT ON CONSTRAINT claim_document_key DO NOTHING;
