-- Browsers that were sent to the OpenID provider and are not back yet. state and browser are kept as SHA-256 in
-- hexadecimal digits; back is the address that the provider leads to, onward where the person was going.
CREATE TABLE oidc_attempt (
    state text NOT NULL,
    browser text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    back text NOT NULL,
    onward text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT oidc_attempt_key PRIMARY KEY (state)
);
