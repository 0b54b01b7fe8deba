SELECT
    account.id,
    account.name,
    account.label,
    account.disabled_at IS NOT NULL AS disabled,
    account.must_change,
    account.demo,
    account.oidc_subject,
    account.password_hash IS NOT NULL AS has_password,
    account.created_at,
    (SELECT max(session.seen_at) FROM session WHERE session.account = account.id) AS seen_at,
    coalesce(
        (
            SELECT
                json_agg(
                    json_build_object(
                        'role', role_grant.role,
                        'org_unit', role_grant.org_unit,
                        'layers', role_grant.layers,
                        'place', json_build_object(
                            'zh', org_unit.name_zh, 'en', coalesce(org_unit.name_en, org_unit.name_zh)
                        )
                    )
                    ORDER BY role_grant.role, role_grant.org_unit
                )
            FROM role_grant
            LEFT JOIN org_unit ON org_unit.code = role_grant.org_unit
            WHERE role_grant.account = account.id
        ),
        '[]'
    ) AS grants
FROM account
WHERE %(account)s::bigint IS NULL OR account.id = %(account)s::bigint
ORDER BY account.demo, account.name;
