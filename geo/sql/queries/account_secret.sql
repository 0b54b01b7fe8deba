SELECT name, password_hash
FROM account
WHERE id = %(account)s::bigint;
