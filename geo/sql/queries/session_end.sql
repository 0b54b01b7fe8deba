UPDATE session SET revoked_at = now()
FROM account
WHERE session.hash = %(hash)s::text AND account.id = session.account AND session.revoked_at IS NULL
RETURNING account.name;
