SELECT code
FROM org_unit
WHERE level = 'township'
ORDER BY code <> %(town)s::text, code
LIMIT 1;
