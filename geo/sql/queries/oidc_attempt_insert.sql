INSERT INTO oidc_attempt (state, browser, nonce, verifier, back, onward)
VALUES (
    %(state)s::text, %(browser)s::text, %(nonce)s::text, %(verifier)s::text, %(back)s::text, %(onward)s::text
);
