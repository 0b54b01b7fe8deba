SELECT true
FROM activity
WHERE code = %(activity)s::text;
