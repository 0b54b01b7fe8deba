-- A corrected date is one change: the old one was revoked, the new one added.
SELECT
    staged.source_row,
    staged.code,
    staged_difference.field,
    max(staged_difference.old) AS old,
    max(staged_difference.new) AS new
FROM staged_difference
INNER JOIN feature ON feature.layer = {layer} AND feature.id = staged_difference.feature
INNER JOIN {staged} AS staged ON staged.code = feature.code
GROUP BY staged.source_row, staged.code, staged_difference.field
ORDER BY staged.source_row, staged_difference.field
LIMIT %(limit)s;
