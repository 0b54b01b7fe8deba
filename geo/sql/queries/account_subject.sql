SELECT oidc_issuer, oidc_subject, demo
FROM account
WHERE id = %(account)s::bigint
FOR UPDATE;
