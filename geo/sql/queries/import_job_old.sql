SELECT id
FROM import_job
WHERE changed_at <= now() - make_interval(days => %(days)s::integer);
