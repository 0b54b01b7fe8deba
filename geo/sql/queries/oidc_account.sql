-- Held until its session is there: a link that is changed at the same moment waits, and then ends that session.
SELECT id, name
FROM account
WHERE oidc_issuer = %(issuer)s::text AND oidc_subject = %(subject)s::text
FOR SHARE;
