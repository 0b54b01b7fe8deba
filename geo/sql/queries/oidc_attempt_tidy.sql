DELETE FROM oidc_attempt
WHERE begun_at <= now() - make_interval(mins => %(minutes)s::integer);
