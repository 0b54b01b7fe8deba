-- Who administers accounts and can sign in.
SELECT count(DISTINCT account.id)::integer
FROM account
INNER JOIN role_grant ON role_grant.account = account.id AND role_grant.role = 'administrator'
WHERE
    account.disabled_at IS NULL
    AND NOT account.demo
    AND (account.password_hash IS NOT NULL OR account.oidc_subject IS NOT NULL);
