-- Planners' parcels, evidence, accounts and rights, and who did what.

CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    CONSTRAINT account_key PRIMARY KEY (id),
    CONSTRAINT account_name_once UNIQUE (name)
);

CREATE TABLE role_grant (
    account bigint NOT NULL,
    role text NOT NULL,
    org_unit text NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT role_grant_key PRIMARY KEY (account, role, org_unit),
    CONSTRAINT role_grant_account_known FOREIGN KEY (account) REFERENCES account (id),
    CONSTRAINT role_grant_org_unit_known FOREIGN KEY (org_unit) REFERENCES org_unit (code),
    CONSTRAINT role_grant_role_known CHECK (role IN ('officer', 'manager', 'planner', 'administrator'))
);

CREATE TABLE token (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account bigint NOT NULL,
    hash text NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT token_key PRIMARY KEY (id),
    CONSTRAINT token_hash_once UNIQUE (hash),
    CONSTRAINT token_account_known FOREIGN KEY (account) REFERENCES account (id)
);

CREATE TABLE audit_event (
    id bigint GENERATED ALWAYS AS IDENTITY,
    happened_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject jsonb NOT NULL,
    CONSTRAINT audit_event_key PRIMARY KEY (id)
);

CREATE TABLE attachment (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    layer text NOT NULL,
    feature uuid NOT NULL,
    milestone bigint,
    name text NOT NULL,
    media_type text NOT NULL,
    sha256 text NOT NULL,
    taken_at timestamptz,
    geom geometry (POINT, 4490),
    content bytea NOT NULL,
    CONSTRAINT attachment_key PRIMARY KEY (id),
    CONSTRAINT attachment_feature_known FOREIGN KEY (layer, feature) REFERENCES feature (layer, id),
    CONSTRAINT attachment_milestone_known FOREIGN KEY (milestone) REFERENCES milestone (id)
);
CREATE INDEX attachment_geom ON attachment USING gist (geom);
CREATE INDEX attachment_feature ON attachment (layer, feature);

CREATE TABLE parcel_batch (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    name text NOT NULL,
    file text,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL DEFAULT current_user,
    CONSTRAINT parcel_batch_key PRIMARY KEY (id)
);

CREATE TABLE parcel (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    batch uuid NOT NULL,
    number text NOT NULL,
    name text,
    geom geometry (MULTIPOLYGON, 4490) NOT NULL,
    area_m2 numeric(16, 2) NOT NULL,
    registered_area_m2 numeric(16, 2),
    CONSTRAINT parcel_key PRIMARY KEY (id),
    CONSTRAINT parcel_number_once UNIQUE (batch, number),
    CONSTRAINT parcel_batch_known FOREIGN KEY (batch) REFERENCES parcel_batch (id) ON DELETE CASCADE
);
CREATE INDEX parcel_geom ON parcel USING gist (geom);
