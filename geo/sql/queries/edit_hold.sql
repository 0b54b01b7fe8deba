SELECT pg_try_advisory_xact_lock_shared(%(lock)s::integer, hashtext(%(layer)s::text)) AS free;
