-- Asked once the layer is locked: another may have undone it meanwhile.
SELECT undone_at IS NULL AS is_open
FROM import
WHERE id = %(id)s::bigint
FOR UPDATE;
