-- Once only, and by the browser that began it; whoever knows the state alone takes nothing away.
DELETE FROM oidc_attempt
WHERE state = %(state)s::text AND browser = %(browser)s::text
RETURNING nonce, verifier, back, onward, begun_at > now() - make_interval(mins => %(minutes)s::integer) AS in_time;
