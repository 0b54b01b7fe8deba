SELECT staged.code
FROM staged_change
INNER JOIN feature ON feature.layer = {layer} AND feature.id = staged_change.feature
INNER JOIN {staging} AS staged ON staged.code = feature.code
WHERE staged_change.fresh
ORDER BY staged.source_row
LIMIT %(limit)s;
