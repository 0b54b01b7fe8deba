-- A first password that nobody has changed is of no use to whoever is linked, and would have to be changed.
UPDATE account SET
    oidc_issuer = %(issuer)s::text,
    oidc_subject = %(subject)s::text,
    password_hash = CASE WHEN must_change AND %(subject)s::text IS NOT NULL THEN NULL ELSE password_hash END,
    must_change = must_change AND %(subject)s::text IS NULL
WHERE id = %(account)s::bigint;
