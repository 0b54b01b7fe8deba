-- One more than the greatest number at the end of an id of the document.
SELECT coalesce(max(substring(id FROM '^[A-Z]*([0-9]{1,9})$')::bigint), 0) + 1
FROM claim
WHERE document = %(document)s::text;
