DELETE FROM sign_in
WHERE tried_at < now() - interval '1 day';
