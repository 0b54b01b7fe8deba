-- Who may see and do what: people, how they sign in, what each may do where, and the database's own key.

-- label is how a person is shown; secrets are kept as SHA-256 in hexadecimal digits, passwords as argon2id.
-- demo accounts come with the demonstration and sign in from this machine only.
ALTER TABLE account
ADD COLUMN label text NOT NULL DEFAULT '',
ADD COLUMN must_change boolean NOT NULL DEFAULT false,
ADD COLUMN password_changed_at timestamptz,
ADD COLUMN oidc_issuer text,
ADD COLUMN oidc_subject text,
ADD COLUMN demo boolean NOT NULL DEFAULT false,
ADD CONSTRAINT account_name_plain CHECK (name ~ '^[[:alnum:]][[:alnum:]._@-]{0,63}$'),
ADD CONSTRAINT account_subject_once UNIQUE (oidc_issuer, oidc_subject),
ADD CONSTRAINT account_subject_whole CHECK ((oidc_issuer IS NULL) = (oidc_subject IS NULL));

-- A grant is for a county or township with all below it, NULL for everywhere; layers are the codes that it is for, NULL
-- for every layer, those that come later too.
ALTER TABLE role_grant
DROP CONSTRAINT role_grant_key,
ALTER COLUMN org_unit DROP NOT NULL,
ADD COLUMN layers text[],
ADD COLUMN granted_by text NOT NULL DEFAULT current_user,
ADD CONSTRAINT role_grant_once UNIQUE NULLS NOT DISTINCT (account, role, org_unit);

ALTER TABLE token
ADD COLUMN name text NOT NULL DEFAULT '',
ADD COLUMN verbs text[],
ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN seen_at timestamptz;

CREATE TABLE session (
    hash text NOT NULL,
    account bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    idle interval NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    address text NOT NULL DEFAULT '',
    agent text NOT NULL DEFAULT '',
    CONSTRAINT session_key PRIMARY KEY (hash),
    CONSTRAINT session_account_known FOREIGN KEY (account) REFERENCES account (id)
);
CREATE INDEX session_account ON session (account);

-- Every attempt to sign in by a password that was looked at, for the delays that follow wrong ones.
CREATE TABLE sign_in (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    address text NOT NULL,
    tried_at timestamptz NOT NULL DEFAULT now(),
    succeeded boolean NOT NULL,
    CONSTRAINT sign_in_key PRIMARY KEY (id)
);
CREATE INDEX sign_in_name ON sign_in (name, tried_at);
CREATE INDEX sign_in_address ON sign_in (address, tried_at);

-- What each role may do, written from the program by an upgrade.
CREATE TABLE role_verb (
    role text NOT NULL,
    verb text NOT NULL,
    CONSTRAINT role_verb_key PRIMARY KEY (role, verb),
    CONSTRAINT role_verb_verb_known CHECK (
        verb IN ('view', 'download', 'edit', 'approve', 'personal', 'administer')
    )
);

-- Seals what viewer_enter() has found out, so that no statement can say of itself who asks.
CREATE TABLE viewer_key (
    singleton boolean NOT NULL DEFAULT true,
    key bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
    CONSTRAINT viewer_key_key PRIMARY KEY (singleton),
    CONSTRAINT viewer_key_single CHECK (singleton)
);
INSERT INTO viewer_key DEFAULT VALUES;
