SELECT report || jsonb_build_object('file', file, 'layer', layer) AS report
FROM import
WHERE id = %(id)s::bigint AND layer IS NOT NULL;
