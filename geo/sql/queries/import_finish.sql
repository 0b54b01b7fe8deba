UPDATE import
SET report = %(report)s
WHERE id = %(id)s;
