SELECT code
FROM {staged}
ORDER BY source_row
LIMIT %(limit)s;
