WITH
gone AS (
    SELECT id
    FROM account
    WHERE demo
),

sessions AS (
    DELETE FROM session
    WHERE account IN (SELECT id FROM gone)
),

tokens AS (
    DELETE FROM token
    WHERE account IN (SELECT id FROM gone)
),

grants AS (
    DELETE FROM role_grant
    WHERE account IN (SELECT id FROM gone)
)

DELETE FROM account
WHERE demo;
