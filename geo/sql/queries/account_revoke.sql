DELETE FROM role_grant
WHERE
    account = %(account)s::bigint AND role = %(role)s::text AND org_unit IS NOT DISTINCT FROM %(org_unit)s::text;
