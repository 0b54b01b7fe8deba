-- Only where the account is still what it was found to be: a change at the same moment waits or wins.
WITH able AS (
    SELECT id
    FROM account
    WHERE
        id = %(account)s::bigint
        AND disabled_at IS NULL
        AND (%(password_hash)s::text IS NULL OR password_hash = %(password_hash)s::text)
    FOR SHARE
)

INSERT INTO session (hash, account, idle, expires_at, address, agent)
SELECT
    %(hash)s::text,
    able.id,
    make_interval(mins => %(idle)s::integer),
    now() + make_interval(days => %(days)s::integer),
    %(address)s::text,
    %(agent)s::text
FROM able
RETURNING hash;
