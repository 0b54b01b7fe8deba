INSERT INTO org_unit_former (code, name_zh, successor)
VALUES (%(code)s, %(name)s, %(successor)s)
ON CONFLICT ON CONSTRAINT org_unit_former_key DO UPDATE
SET
    name_zh = excluded.name_zh,
    successor = excluded.successor;
