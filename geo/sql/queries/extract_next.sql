SELECT extract_next(%(county)s::text, %(year)s::integer) AS serial;
