-- Places, layers, features with their versions and milestones, and the sums of progress.

CREATE TABLE org_unit (
    code text NOT NULL,
    level text NOT NULL,
    parent text,
    name_zh text NOT NULL,
    name_en text,
    short_name text,
    geom geometry (MULTIPOLYGON, 4490),
    illustrative boolean NOT NULL DEFAULT false,
    CONSTRAINT org_unit_key PRIMARY KEY (code),
    CONSTRAINT org_unit_parent_known FOREIGN KEY (parent) REFERENCES org_unit (code),
    CONSTRAINT org_unit_level_known CHECK (level IN ('county', 'township', 'village')),
    CONSTRAINT org_unit_root CHECK ((parent IS NULL) = (level = 'county'))
);
CREATE INDEX org_unit_geom ON org_unit USING gist (geom);
CREATE INDEX org_unit_parent ON org_unit (parent);

-- Codes and names that older files still carry, with the unit that took over; NULL where none is confirmed.
CREATE TABLE org_unit_former (
    code text NOT NULL,
    name_zh text NOT NULL,
    successor text,
    CONSTRAINT org_unit_former_key PRIMARY KEY (code),
    CONSTRAINT org_unit_former_successor_known FOREIGN KEY (successor) REFERENCES org_unit (code)
);

-- Every unit with itself and all units above it; '' stands for "outside every township" and counts for the county.
CREATE TABLE org_unit_ancestor (
    unit text NOT NULL,
    ancestor text NOT NULL,
    CONSTRAINT org_unit_ancestor_key PRIMARY KEY (unit, ancestor)
);

CREATE TABLE layer (
    code text NOT NULL,
    label jsonb NOT NULL,
    geometry text NOT NULL,
    icon text NOT NULL,
    place integer NOT NULL,
    about jsonb NOT NULL,
    declared boolean NOT NULL DEFAULT true,
    CONSTRAINT layer_key PRIMARY KEY (code),
    CONSTRAINT layer_geometry_key UNIQUE (code, geometry),
    CONSTRAINT layer_geometry_known CHECK (geometry IN ('point', 'line', 'polygon'))
);

CREATE TABLE layer_measure (
    layer text NOT NULL,
    measure text NOT NULL,
    label jsonb NOT NULL,
    unit text NOT NULL,
    unit_label jsonb NOT NULL,
    factor numeric NOT NULL,
    divisor numeric NOT NULL,
    source text NOT NULL,
    place integer NOT NULL,
    CONSTRAINT layer_measure_key PRIMARY KEY (layer, measure),
    CONSTRAINT layer_measure_layer_known FOREIGN KEY (layer) REFERENCES layer (code)
);

CREATE TABLE layer_milestone (
    layer text NOT NULL,
    milestone text NOT NULL,
    label jsonb NOT NULL,
    status smallint NOT NULL,
    completes boolean NOT NULL,
    place integer NOT NULL,
    CONSTRAINT layer_milestone_key PRIMARY KEY (layer, milestone),
    CONSTRAINT layer_milestone_layer_known FOREIGN KEY (layer) REFERENCES layer (code),
    CONSTRAINT layer_milestone_status_known CHECK (status BETWEEN 0 AND 3)
);

-- One run of the importer over one table of one file.
CREATE TABLE import (
    id bigint GENERATED ALWAYS AS IDENTITY,
    layer text,
    file text NOT NULL,
    sha256 text NOT NULL,
    illustrative boolean NOT NULL DEFAULT false,
    imported_at timestamptz NOT NULL DEFAULT now(),
    imported_by text NOT NULL,
    report jsonb NOT NULL,
    CONSTRAINT import_key PRIMARY KEY (id),
    CONSTRAINT import_layer_known FOREIGN KEY (layer) REFERENCES layer (code)
);

-- One partition for each layer: a first load builds its partition aside and attaches it, indexes and all.
CREATE TABLE feature (
    layer text NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    code text NOT NULL,
    name text,
    org_unit text,
    geom geometry (GEOMETRY, 4490),
    geometry text GENERATED ALWAYS AS (
        CASE
            WHEN geometrytype(geom) IN ('POINT', 'MULTIPOINT') THEN 'point'
            WHEN geometrytype(geom) IN ('LINESTRING', 'MULTILINESTRING') THEN 'line'
            WHEN geometrytype(geom) IN ('POLYGON', 'MULTIPOLYGON') THEN 'polygon'
            WHEN geom IS NOT NULL THEN 'other'
        END
    ) STORED,
    area_m2 numeric(16, 2),
    registered_area_m2 numeric(16, 2),
    attributes jsonb NOT NULL DEFAULT '{}',
    starts_on date,
    due_on date,
    source bigint,
    source_row integer,
    version integer NOT NULL DEFAULT 1,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    reason text,
    deleted_at timestamptz,
    CONSTRAINT feature_key PRIMARY KEY (layer, id),
    CONSTRAINT feature_code_once UNIQUE (layer, code),
    CONSTRAINT feature_layer_known FOREIGN KEY (layer) REFERENCES layer (code),
    CONSTRAINT feature_geometry_fits_layer FOREIGN KEY (layer, geometry) REFERENCES layer (code, geometry),
    CONSTRAINT feature_org_unit_known FOREIGN KEY (org_unit) REFERENCES org_unit (code),
    CONSTRAINT feature_source_known FOREIGN KEY (source) REFERENCES import (id),
    CONSTRAINT feature_code_filled CHECK (code <> ''),
    CONSTRAINT feature_area_positive CHECK (area_m2 >= 0 AND registered_area_m2 >= 0),
    CONSTRAINT feature_attributes_object CHECK (jsonb_typeof(attributes) = 'object')
) PARTITION BY LIST (layer);
CREATE INDEX feature_geom ON feature USING gist (geom);
CREATE INDEX feature_org_unit ON feature (org_unit);

CREATE TABLE feature_version (
    layer text NOT NULL,
    feature uuid NOT NULL,
    version integer NOT NULL,
    code text NOT NULL,
    name text,
    org_unit text,
    geom geometry (GEOMETRY, 4490),
    area_m2 numeric(16, 2),
    registered_area_m2 numeric(16, 2),
    attributes jsonb NOT NULL,
    starts_on date,
    due_on date,
    source bigint,
    source_row integer,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    reason text,
    deleted_at timestamptz,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT feature_version_key PRIMARY KEY (layer, feature, version)
);
CREATE INDEX feature_version_geom ON feature_version USING gist (geom);

-- Personal columns, apart from everything that maps, tiles and exports read.
CREATE TABLE feature_private (
    layer text NOT NULL,
    feature uuid NOT NULL,
    attributes jsonb NOT NULL,
    CONSTRAINT feature_private_key PRIMARY KEY (layer, feature),
    CONSTRAINT feature_private_feature_known FOREIGN KEY (layer, feature)
    REFERENCES feature (layer, id) ON DELETE CASCADE
);

CREATE TABLE milestone (
    id bigint GENERATED ALWAYS AS IDENTITY,
    layer text NOT NULL,
    feature uuid NOT NULL,
    milestone text NOT NULL,
    reached_on date NOT NULL,
    state text NOT NULL DEFAULT 'approved',
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    note text,
    source bigint,
    revoked_at timestamptz,
    revoked_by text,
    CONSTRAINT milestone_key PRIMARY KEY (id),
    CONSTRAINT milestone_feature_known FOREIGN KEY (layer, feature) REFERENCES feature (layer, id),
    CONSTRAINT milestone_fits_layer FOREIGN KEY (layer, milestone) REFERENCES layer_milestone (layer, milestone),
    CONSTRAINT milestone_source_known FOREIGN KEY (source) REFERENCES import (id),
    CONSTRAINT milestone_state_known CHECK (state IN ('pending', 'approved', 'returned')),
    CONSTRAINT milestone_date_sane CHECK (reached_on BETWEEN '1949-10-01' AND '2199-12-31'),
    CONSTRAINT milestone_revoked_by_someone CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
-- A milestone counts once; a corrected date revokes the earlier record. Carries the date so that lists need no heap.
CREATE UNIQUE INDEX milestone_valid_once ON milestone (layer, feature, milestone) INCLUDE (reached_on)
WHERE state = 'approved' AND revoked_at IS NULL;
CREATE INDEX milestone_feature ON milestone (layer, feature);

-- Progress as sums of changes by day: stage is a milestone, '' for the population, or a status with '@'
-- (views/30_progress.sql).
-- Triggers append to progress_delta; progress_fold() moves what has gathered there into the three others.
CREATE TABLE progress_delta (
    org_unit text NOT NULL,
    layer text NOT NULL,
    measure text NOT NULL,
    stage text NOT NULL,
    day date NOT NULL,
    value numeric NOT NULL
);
CREATE TABLE progress_day (
    org_unit text NOT NULL,
    layer text NOT NULL,
    measure text NOT NULL,
    stage text NOT NULL,
    day date NOT NULL,
    value numeric NOT NULL,
    CONSTRAINT progress_day_key PRIMARY KEY (org_unit, day, layer, measure, stage)
);
CREATE TABLE progress_month (
    org_unit text NOT NULL,
    layer text NOT NULL,
    measure text NOT NULL,
    stage text NOT NULL,
    month date NOT NULL,
    value numeric NOT NULL,
    CONSTRAINT progress_month_key PRIMARY KEY (org_unit, month, layer, measure, stage)
);
CREATE TABLE progress_year (
    org_unit text NOT NULL,
    layer text NOT NULL,
    measure text NOT NULL,
    stage text NOT NULL,
    year date NOT NULL,
    value numeric NOT NULL,
    CONSTRAINT progress_year_key PRIMARY KEY (org_unit, layer, measure, stage, year)
);

-- What the program wrote when it was last upgraded, so that an unchanged program has nothing to do.
CREATE TABLE program (
    singleton boolean NOT NULL DEFAULT true,
    fingerprint text NOT NULL,
    upgraded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT program_key PRIMARY KEY (singleton),
    CONSTRAINT program_single CHECK (singleton)
);
