SELECT
    set_config('shanhe.actor', %(actor)s::text, true),
    set_config('shanhe.import', coalesce(%(within)s::text, ''), true);
