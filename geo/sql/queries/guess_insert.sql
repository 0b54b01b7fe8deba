INSERT INTO sign_in (name, address, succeeded)
VALUES (%(called)s::text, %(address)s::text, false)
RETURNING id;
