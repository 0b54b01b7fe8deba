SELECT name
FROM account
WHERE demo AND disabled_at IS NULL;
