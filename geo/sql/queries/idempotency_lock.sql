SELECT pg_try_advisory_xact_lock(hashtextextended(%(actor)s::text || ' ' || %(key)s::text, 7233610)) AS free;
