INSERT INTO account (name, label, password_hash, must_change, demo)
VALUES (%(called)s::text, %(label)s::text, %(password_hash)s::text, %(must_change)s::boolean, %(demo)s::boolean)
ON CONFLICT ON CONSTRAINT account_name_once DO NOTHING
RETURNING id;
