INSERT INTO token (account, hash, name, verbs, expires_at)
VALUES (
    %(account)s::bigint,
    %(hash)s::text,
    %(name)s::text,
    %(verbs)s::text[],
    now() + make_interval(days => %(days)s::integer)
);
