-- Money reaches the features: vouchers and corrections, who allocated what and when, rules that link, kept sums.

ALTER TABLE transaction
ADD COLUMN year integer GENERATED ALWAYS AS (extract(YEAR FROM value_date)::integer) STORED,
ADD COLUMN voucher text,
ADD COLUMN illustrative boolean NOT NULL DEFAULT false,
ADD COLUMN source bigint,
ADD COLUMN version integer NOT NULL DEFAULT 1,
ADD COLUMN recorded_by text NOT NULL DEFAULT current_user,
ADD COLUMN reason text,
ADD COLUMN withdrawn_at timestamptz,
ADD CONSTRAINT transaction_source_known FOREIGN KEY (source) REFERENCES import (id),
ADD CONSTRAINT transaction_amount_sane CHECK (amount > 0 AND amount < 10000000000000),
ADD CONSTRAINT transaction_date_sane CHECK (value_date BETWEEN '1949-10-01' AND '2199-12-31');
CREATE UNIQUE INDEX transaction_voucher_once ON transaction (year, voucher) WHERE withdrawn_at IS NULL;
CREATE INDEX transaction_day ON transaction (value_date);

-- Every earlier state of a transaction, of a budget line and of what was allocated.
CREATE TABLE transaction_version (
    transaction bigint NOT NULL,
    version integer NOT NULL,
    activity text,
    fund_source text NOT NULL,
    kind text NOT NULL,
    value_date date NOT NULL,
    amount numeric(16, 2) NOT NULL,
    document bigint,
    voucher text,
    note text,
    illustrative boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    reason text,
    withdrawn_at timestamptz,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT transaction_version_key PRIMARY KEY (transaction, version)
);

ALTER TABLE budget
ADD COLUMN document bigint,
ADD COLUMN note text,
ADD COLUMN illustrative boolean NOT NULL DEFAULT false,
ADD COLUMN source bigint,
ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN recorded_by text NOT NULL DEFAULT current_user,
ADD CONSTRAINT budget_document_known FOREIGN KEY (document) REFERENCES document (id),
ADD CONSTRAINT budget_source_known FOREIGN KEY (source) REFERENCES import (id),
ADD CONSTRAINT budget_amount_sane CHECK (amount >= 0 AND amount < 10000000000000),
ADD CONSTRAINT budget_year_sane CHECK (year BETWEEN 1949 AND 2199);

CREATE TABLE budget_version (
    budget bigint NOT NULL,
    activity text,
    fund_source text NOT NULL,
    year integer NOT NULL,
    phase text NOT NULL,
    amount numeric(16, 2) NOT NULL,
    document bigint,
    note text,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX budget_version_budget ON budget_version (budget);

ALTER TABLE allocation
ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN recorded_by text NOT NULL DEFAULT current_user;

CREATE TABLE allocation_version (
    transaction bigint NOT NULL,
    layer text NOT NULL,
    feature uuid NOT NULL,
    amount numeric(16, 2) NOT NULL,
    basis text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX allocation_version_transaction ON allocation_version (transaction);

-- It was checked for every row; now once for every statement (views/40_ledger.sql).
DROP TRIGGER IF EXISTS allocation_within_transaction ON allocation;
DROP FUNCTION IF EXISTS allocation_check_sum();

-- Which features an activity is for, said once: those of a layer, of a unit, with a value in a column.
CREATE TABLE link_rule (
    id bigint GENERATED ALWAYS AS IDENTITY,
    activity text NOT NULL,
    layer text NOT NULL,
    org_unit text,
    attribute text,
    value text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT link_rule_key PRIMARY KEY (id),
    CONSTRAINT link_rule_once UNIQUE NULLS NOT DISTINCT (activity, layer, org_unit, attribute, value),
    CONSTRAINT link_rule_activity_known FOREIGN KEY (activity) REFERENCES activity (code),
    CONSTRAINT link_rule_layer_known FOREIGN KEY (layer) REFERENCES layer (code),
    CONSTRAINT link_rule_org_unit_known FOREIGN KEY (org_unit) REFERENCES org_unit (code),
    CONSTRAINT link_rule_value_of_attribute CHECK ((attribute IS NULL) = (value IS NULL))
);
-- A link that a rule made goes with it; one without a rule was picked by hand.
ALTER TABLE activity_feature
ADD COLUMN rule bigint,
ADD CONSTRAINT activity_feature_rule_known FOREIGN KEY (rule) REFERENCES link_rule (id) ON DELETE CASCADE;
CREATE INDEX activity_feature_rule ON activity_feature (rule);

-- Money on features as sums by day: triggers append to money_delta, money_fold() moves what has gathered there.
-- The unit '' is "in no township", '*' is everything wherever it lies.
CREATE TABLE money_delta (
    org_unit text NOT NULL,
    activity text NOT NULL,
    fund_source text NOT NULL,
    layer text NOT NULL,
    day date NOT NULL,
    value numeric NOT NULL
);
CREATE TABLE money_day (
    org_unit text NOT NULL,
    activity text NOT NULL,
    fund_source text NOT NULL,
    layer text NOT NULL,
    day date NOT NULL,
    value numeric NOT NULL,
    CONSTRAINT money_day_key PRIMARY KEY (org_unit, day, activity, fund_source, layer)
);
