-- The money: where it comes from, what it is for, what was paid, and which features it reached. All amounts in 元.

CREATE TABLE document (
    id bigint GENERATED ALWAYS AS IDENTITY,
    number text,
    title text NOT NULL,
    issued_on date,
    CONSTRAINT document_key PRIMARY KEY (id),
    CONSTRAINT document_number_once UNIQUE (number)
);

CREATE TABLE fund_source (
    code text NOT NULL,
    name_zh text NOT NULL,
    name_en text NOT NULL,
    CONSTRAINT fund_source_key PRIMARY KEY (code)
);

CREATE TABLE activity (
    code text NOT NULL,
    name_zh text NOT NULL,
    name_en text,
    starts_on date,
    due_on date,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT activity_key PRIMARY KEY (code),
    CONSTRAINT activity_name_once UNIQUE (name_zh)
);

-- One activity may be paid by several channels; it is still one activity.
CREATE TABLE activity_fund_source (
    activity text NOT NULL,
    fund_source text NOT NULL,
    document bigint,
    CONSTRAINT activity_fund_source_key PRIMARY KEY (activity, fund_source),
    CONSTRAINT activity_fund_source_activity_known FOREIGN KEY (activity) REFERENCES activity (code),
    CONSTRAINT activity_fund_source_source_known FOREIGN KEY (fund_source) REFERENCES fund_source (code),
    CONSTRAINT activity_fund_source_document_known FOREIGN KEY (document) REFERENCES document (id)
);

-- The features an activity is for.
CREATE TABLE activity_feature (
    activity text NOT NULL,
    layer text NOT NULL,
    feature uuid NOT NULL,
    CONSTRAINT activity_feature_key PRIMARY KEY (activity, layer, feature),
    CONSTRAINT activity_feature_activity_known FOREIGN KEY (activity) REFERENCES activity (code),
    CONSTRAINT activity_feature_feature_known FOREIGN KEY (layer, feature) REFERENCES feature (layer, id)
);
CREATE INDEX activity_feature_feature ON activity_feature (layer, feature);

-- Either the budget of an activity or, where the books name no activity, of a whole channel.
CREATE TABLE budget (
    id bigint GENERATED ALWAYS AS IDENTITY,
    activity text,
    fund_source text NOT NULL,
    year integer NOT NULL,
    phase text NOT NULL,
    amount numeric(16, 2) NOT NULL,
    CONSTRAINT budget_key PRIMARY KEY (id),
    CONSTRAINT budget_once UNIQUE NULLS NOT DISTINCT (activity, fund_source, year, phase),
    CONSTRAINT budget_activity_known FOREIGN KEY (activity) REFERENCES activity (code),
    CONSTRAINT budget_fund_source_known FOREIGN KEY (fund_source) REFERENCES fund_source (code),
    CONSTRAINT budget_phase_known CHECK (phase IN ('initial', 'adjusted', 'executed'))
);

CREATE TABLE transaction (
    id bigint GENERATED ALWAYS AS IDENTITY,
    activity text,
    fund_source text NOT NULL,
    kind text NOT NULL,
    value_date date NOT NULL,
    amount numeric(16, 2) NOT NULL,
    document bigint,
    note text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT transaction_key PRIMARY KEY (id),
    CONSTRAINT transaction_activity_known FOREIGN KEY (activity) REFERENCES activity (code),
    CONSTRAINT transaction_fund_source_known FOREIGN KEY (fund_source) REFERENCES fund_source (code),
    CONSTRAINT transaction_document_known FOREIGN KEY (document) REFERENCES document (id),
    CONSTRAINT transaction_kind_known CHECK (
        kind IN ('incoming', 'commitment', 'disbursement', 'expenditure', 'carry_over')
    )
);
CREATE INDEX transaction_activity ON transaction (activity);

CREATE TABLE allocation (
    transaction bigint NOT NULL,
    layer text NOT NULL,
    feature uuid NOT NULL,
    amount numeric(16, 2) NOT NULL,
    basis text NOT NULL,
    CONSTRAINT allocation_key PRIMARY KEY (transaction, layer, feature),
    CONSTRAINT allocation_transaction_known FOREIGN KEY (transaction) REFERENCES transaction (id),
    CONSTRAINT allocation_feature_known FOREIGN KEY (layer, feature) REFERENCES feature (layer, id),
    CONSTRAINT allocation_positive CHECK (amount > 0),
    CONSTRAINT allocation_basis_known CHECK (basis IN ('direct', 'per_unit', 'by_area', 'by_people', 'by_hand'))
);
CREATE INDEX allocation_feature ON allocation (layer, feature);

-- What was promised: a value of a measure at a milestone, in the base unit of the measure, within a period.
CREATE TABLE target (
    id bigint GENERATED ALWAYS AS IDENTITY,
    layer text NOT NULL,
    measure text NOT NULL,
    milestone text NOT NULL,
    org_unit text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    value numeric NOT NULL,
    origin text NOT NULL,
    CONSTRAINT target_key PRIMARY KEY (id),
    CONSTRAINT target_once UNIQUE (layer, measure, milestone, org_unit, starts_on, ends_on),
    CONSTRAINT target_measure_known FOREIGN KEY (layer, measure) REFERENCES layer_measure (layer, measure),
    CONSTRAINT target_milestone_known FOREIGN KEY (layer, milestone) REFERENCES layer_milestone (layer, milestone),
    CONSTRAINT target_org_unit_known FOREIGN KEY (org_unit) REFERENCES org_unit (code),
    CONSTRAINT target_period_forward CHECK (starts_on <= ends_on),
    CONSTRAINT target_positive CHECK (value > 0)
);

CREATE TABLE claim (
    id text NOT NULL,
    document text NOT NULL,
    locator text NOT NULL,
    metric text NOT NULL,
    value numeric NOT NULL,
    unit text NOT NULL,
    kind text NOT NULL,
    as_of date,
    scope text,
    CONSTRAINT claim_key PRIMARY KEY (document, id),
    CONSTRAINT claim_kind_known CHECK (kind IN ('actual', 'forecast', 'target', 'rate'))
);
