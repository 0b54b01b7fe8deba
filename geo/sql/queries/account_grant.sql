INSERT INTO role_grant (account, role, org_unit, layers, granted_by)
VALUES (%(account)s::bigint, %(role)s::text, %(org_unit)s::text, %(layers)s::text[], %(by)s::text)
ON CONFLICT (account, role, org_unit) DO UPDATE
SET layers = excluded.layers, granted_by = excluded.granted_by, granted_at = now();
