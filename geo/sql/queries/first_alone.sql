-- Of two programs that start at once, one makes the accounts.
SELECT pg_advisory_xact_lock(7233614);
