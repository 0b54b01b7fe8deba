-- One guess at a time for a name, then for an address: what is counted stays true until this transaction ends.
SELECT
    pg_advisory_xact_lock(7233611, hashtext(%(called)s::text)),
    pg_advisory_xact_lock(7233612, hashtext(%(address)s::text));
