DELETE FROM import_mapping
WHERE layer = %(layer)s::text AND name = %(called)s::text
RETURNING true;
