SELECT id
FROM account
WHERE name = %(called)s::text;
