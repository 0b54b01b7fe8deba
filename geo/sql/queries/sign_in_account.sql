SELECT id, password_hash
FROM account
WHERE name = %(called)s::text;
