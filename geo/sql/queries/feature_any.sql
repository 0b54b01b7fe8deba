SELECT true
FROM feature
WHERE layer = %(layer)s
LIMIT 1;
