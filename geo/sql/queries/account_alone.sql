-- Nobody else changes who administers before this transaction ends.
SELECT pg_advisory_xact_lock(7233613);
