-- Whose session this is now, whether its password has to be changed or not; see viewer_enter().
SELECT
    account.id AS account,
    account.name,
    session.hash AS session,
    account.must_change
FROM session
INNER JOIN account ON account.id = session.account
WHERE
    session.hash = %(hash)s::text
    AND session.revoked_at IS NULL
    AND session.expires_at > now()
    AND session.seen_at + session.idle > now()
    AND account.disabled_at IS NULL;
