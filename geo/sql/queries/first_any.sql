SELECT true AS made
FROM account
WHERE NOT demo
LIMIT 1;
