-- What vector tiles are made of: each drawn feature ready for the map, and counts of features by cell at low zooms.
-- Triggers keep both as features, milestones and places change (views/60_tile.sql).

-- Geometry in EPSG:3857, rings turned as tiles want them; the days from which each status holds. cell_x, cell_y are the
-- place of the feature in the grid of 2^20 by 2^20 cells over the world of EPSG:3857, from its north-western corner.
CREATE TABLE feature_tile (
    layer text NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text,
    township text,
    geom geometry (GEOMETRY, 3857) NOT NULL,
    cell_x integer NOT NULL,
    cell_y integer NOT NULL,
    area_m2 double precision,
    listed_on date NOT NULL,
    under_way_on date,
    completed_on date,
    accepted_on date,
    due_on date,
    CONSTRAINT feature_tile_key PRIMARY KEY (layer, id)
) PARTITION BY LIST (layer);
CREATE INDEX feature_tile_geom ON feature_tile USING gist (geom);

-- Features by cell on the day that tile_layer names. Cells are numbered over the whole world at the zoom of their tile.
CREATE TABLE tile_cell (
    layer text NOT NULL,
    zoom smallint NOT NULL,
    tile_x integer NOT NULL,
    tile_y integer NOT NULL,
    x integer NOT NULL,
    y integer NOT NULL,
    features bigint NOT NULL,
    not_started bigint NOT NULL,
    under_way bigint NOT NULL,
    overdue bigint NOT NULL,
    completed bigint NOT NULL,
    accepted bigint NOT NULL,
    area_m2 double precision NOT NULL,
    sum_x bigint NOT NULL,
    sum_y bigint NOT NULL,
    CONSTRAINT tile_cell_key PRIMARY KEY (layer, zoom, tile_x, tile_y, x, y)
);

-- What has changed since the counts were brought up to date: a feature that came (1) or went (-1), or anything at all
-- ("whole"), after which the counts are not to be used. Only ever appended to, so that nobody waits for anybody.
CREATE TABLE tile_delta (
    layer text NOT NULL,
    whole boolean NOT NULL,
    sign smallint NOT NULL,
    cell_x integer,
    cell_y integer,
    area_m2 double precision,
    listed_on date,
    under_way_on date,
    completed_on date,
    accepted_on date,
    due_on date
);

-- The version of a layer's tiles is this one plus the number of its rows in tile_delta.
CREATE TABLE tile_layer (
    layer text NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    as_of date,
    CONSTRAINT tile_layer_key PRIMARY KEY (layer),
    CONSTRAINT tile_layer_layer_known FOREIGN KEY (layer) REFERENCES layer (code)
);
