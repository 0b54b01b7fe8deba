-- Vector tiles (Mapbox Vector Tile 2) of one layer on a day: cells with counts below a zoom, features from it on. Rings
-- turn clockwise on the screen; where y already points down, PostGIS calls that counter-clockwise.

-- Whether a tile of the first zoom with features holds so many of a layer that each is a few pixels wide: they are
-- drawn half a pixel coarse and without names of their own, so that the tile stays small. The box is in EPSG:3857.
CREATE OR REPLACE FUNCTION tile_is_crowded(of_layer text, env geometry) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(*) > 2000
    FROM (SELECT FROM feature_tile WHERE layer = of_layer AND geom && env LIMIT 2001) AS first_ones
$$;

-- A tile of WebMercatorQuad.
CREATE OR REPLACE FUNCTION tile_web_mercator(of_layer text, as_of date, at_zoom integer, at_x integer, at_y integer)
RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    env CONSTANT geometry := st_tileenvelope(at_zoom, at_x, at_y);
    box CONSTANT box2d := env::box2d;
    scale CONSTANT double precision := 4096 / (st_xmax(env) - st_xmin(env));
    unit CONSTANT double precision := 1 / scale;
    off_x CONSTANT double precision := -st_xmin(env) * scale;
    off_y CONSTANT double precision := st_ymax(env) * scale;
    -- Finest cells, 2^20 across the world, in units of the tile.
    cell CONSTANT double precision := 4096 / (1 << greatest(20 - at_zoom, 0))::double precision;
    crowded CONSTANT boolean := at_zoom = 13 AND tile_is_crowded(of_layer, env);
    side integer;
    grid record;
    tile bytea;
BEGIN
    SELECT * INTO grid FROM tile_grid(of_layer);
    IF at_zoom >= 13 THEN
        SELECT st_asmvt(drawn, of_layer, 4096, 'geom') INTO tile
        FROM (
            SELECT
                CASE WHEN NOT crowded THEN feature.id::text END AS id,
                CASE WHEN NOT crowded THEN feature.code END AS code,
                CASE WHEN at_zoom >= 15 THEN feature.name END AS name,
                feature.township,
                CASE WHEN grid.monitored THEN tile_status(
                    feature.under_way_on, feature.completed_on, feature.accepted_on, feature.due_on, as_of
                ) END AS status,
                CASE
                    WHEN tile_is_drawn(snapped.geom) THEN snapped.geom
                    ELSE tile_mend(snapped.geom, feature.geom, env)
                END AS geom
            FROM feature_tile AS feature
            CROSS JOIN LATERAL (
                SELECT
                    CASE
                        WHEN feature.geom @ env AND crowded
                        THEN st_simplify(
                            st_snaptogrid(st_affine(feature.geom, scale, 0, 0, -scale, off_x, off_y), 8), 8, true
                        )
                        WHEN feature.geom @ env
                        THEN st_snaptogrid(st_affine(feature.geom, scale, 0, 0, -scale, off_x, off_y), 1)
                        ELSE st_asmvtgeom(feature.geom, box, 4096, 64, true)
                    END AS geom
                OFFSET 0
            ) AS snapped
            WHERE feature.layer = of_layer AND feature.geom && env AND feature.listed_on <= as_of
        ) AS drawn;
    ELSIF grid.geometry = 'line' THEN
        SELECT st_asmvt(drawn, of_layer, 4096, 'geom') INTO tile
        FROM (
            SELECT
                feature.id::text AS id,
                feature.code,
                feature.township,
                CASE WHEN grid.monitored THEN tile_status(
                    feature.under_way_on, feature.completed_on, feature.accepted_on, feature.due_on, as_of
                ) END AS status,
                CASE
                    WHEN tile_is_drawn(simple.geom) THEN simple.geom
                    ELSE tile_mend(simple.geom, feature.geom, env)
                END AS geom
            FROM feature_tile AS feature
            CROSS JOIN LATERAL (
                SELECT st_asmvtgeom(st_simplify(feature.geom, 8 * unit, true), box, 4096, 64, true) AS geom
                OFFSET 0
            ) AS simple
            WHERE feature.layer = of_layer AND feature.geom && env AND feature.listed_on <= as_of
        ) AS drawn;
    ELSE
        side := 4096 >> grid.bits;
        SELECT st_asmvt(drawn, of_layer, 4096, 'geom') INTO tile
        FROM (
            SELECT
                kept.features AS count,
                CASE WHEN grid.monitored THEN kept.not_started END AS not_started,
                CASE WHEN grid.monitored THEN kept.under_way END AS under_way,
                CASE WHEN grid.monitored THEN kept.overdue END AS overdue,
                CASE WHEN grid.monitored THEN kept.completed END AS completed,
                CASE WHEN grid.monitored THEN kept.accepted END AS accepted,
                CASE WHEN grid.geometry = 'polygon' THEN round(kept.area_m2)::bigint END AS area_m2,
                nullif(kept.township, '') AS township,
                CASE grid.geometry
                    WHEN 'point' THEN st_point(
                        round((kept.sum_x::double precision / kept.features + 0.5) * cell - at_x * 4096.0),
                        round((kept.sum_y::double precision / kept.features + 0.5) * cell - at_y * 4096.0)
                    )
                    ELSE st_forcepolygonccw(st_makeenvelope(
                        kept.x * side - at_x * 4096, kept.y * side - at_y * 4096,
                        (kept.x + 1) * side - at_x * 4096, (kept.y + 1) * side - at_y * 4096
                    ))
                END AS geom
            FROM tile_cells(of_layer, as_of, at_zoom, at_x, at_y, at_y) AS kept
        ) AS drawn;
    END IF;
    RETURN tile;
END
$$;

DROP FUNCTION IF EXISTS tile_speck(geometry, double precision, double precision, double precision);

-- Whether a shape in units of a tile can be seen, and decoders take no ring of it for another: they tell a hole from a
-- polygon by how it turns, and coordinates that were rounded may have no area or have turned around.
CREATE OR REPLACE FUNCTION tile_is_drawn(shape geometry) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT NOT st_isempty(shape) AND (st_dimension(shape) < 2 OR (st_area(shape) > 0 AND st_ispolygonccw(shape)))
$$;

-- What stands for a feature whose shape in units of its tile cannot be drawn: the shape made valid, else its box, else
-- one unit in the tile. NULL where the feature does not meet the tile.
CREATE OR REPLACE FUNCTION tile_mend(shape geometry, geom geometry, env geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    scale CONSTANT double precision := 4096 / (st_xmax(env) - st_xmin(env));
    x double precision;
    y double precision;
    valid geometry;
BEGIN
    -- Operators on boxes round to a metre or so.
    IF NOT st_intersects(geom, env) THEN
        RETURN NULL;
    END IF;
    IF NOT st_isempty(shape) THEN
        valid := st_asmvtgeom(geom, env::box2d, 4096, 64, true);
        RETURN CASE WHEN tile_is_drawn(valid) THEN valid ELSE st_forcepolygonccw(st_expand(shape, 1)) END;
    END IF;
    -- The middle of what the box of the feature and the tile have in common.
    x := (greatest(st_xmin(geom), st_xmin(env)) + least(st_xmax(geom), st_xmax(env))) / 2;
    y := (greatest(st_ymin(geom), st_ymin(env)) + least(st_ymax(geom), st_ymax(env))) / 2;
    x := least(greatest(floor((x - st_xmin(env)) * scale), 0), 4095);
    y := least(greatest(floor((st_ymax(env) - y) * scale), 0), 4095);
    RETURN CASE st_dimension(geom)
        WHEN 0 THEN st_point(x, y)
        WHEN 1 THEN st_makeline(st_point(x, y), st_point(x + 1, y))
        ELSE st_forcepolygonccw(st_makeenvelope(x, y, x + 1, y + 1))
    END;
END
$$;

-- A tile of WorldCRS84Quad: at zoom z it lies within one column of tiles of WebMercatorQuad at zoom z + 1, whose cells
-- below the zoom of features it shows.
CREATE OR REPLACE FUNCTION tile_world_crs84(of_layer text, as_of date, at_zoom integer, at_x integer, at_y integer)
RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    span CONSTANT double precision := 180.0 / (1 << at_zoom);
    west CONSTANT double precision := -180 + at_x * span;
    north CONSTANT double precision := 90 - at_y * span;
    env CONSTANT geometry := st_makeenvelope(west, north - span, west + span, north, 4490);
    box CONSTANT box2d := env::box2d;
    scale CONSTANT double precision := 4096 / span;
    seen CONSTANT geometry := st_transform(st_makeenvelope(
        west, greatest(north - span, -85.06), west + span, least(north, 85.06), 4490
    ), 3857);
    crowded CONSTANT boolean := at_zoom = 12 AND tile_is_crowded(of_layer, seen);
    grid record;
    world double precision;
    tile bytea;
BEGIN
    IF north - span >= 85.06 OR north <= -85.06 THEN
        RETURN NULL;
    END IF;
    SELECT * INTO grid FROM tile_grid(of_layer);
    IF at_zoom >= 12 OR grid.geometry = 'line' THEN
        SELECT st_asmvt(drawn, of_layer, 4096, 'geom') INTO tile
        FROM (
            SELECT
                CASE WHEN NOT crowded THEN feature.id::text END AS id,
                CASE WHEN NOT crowded THEN feature.code END AS code,
                CASE WHEN at_zoom >= 14 THEN feature.name END AS name,
                feature.township,
                CASE WHEN grid.monitored THEN tile_status(
                    feature.under_way_on, feature.completed_on, feature.accepted_on, feature.due_on, as_of
                ) END AS status,
                CASE
                    WHEN tile_is_drawn(snapped.geom) THEN snapped.geom
                    ELSE tile_mend(snapped.geom, source.geom, env)
                END AS geom
            FROM feature_tile AS feature
            INNER JOIN feature AS source ON source.layer = of_layer AND source.id = feature.id
            CROSS JOIN LATERAL (
                SELECT
                    CASE
                        WHEN source.geom @ env
                        THEN st_snaptogrid(
                            st_affine(st_forcepolygoncw(source.geom), scale, 0, 0, -scale, -west * scale, north * scale),
                            1
                        )
                        ELSE st_asmvtgeom(source.geom, box, 4096, 64, true)
                    END AS geom
                OFFSET 0
            ) AS snapped
            WHERE feature.layer = of_layer AND feature.geom && seen AND feature.listed_on <= as_of
                AND source.geom && env
        ) AS drawn;
    ELSE
        world := (1 << (at_zoom + 1 + grid.bits))::double precision;
        SELECT st_asmvt(drawn, of_layer, 4096, 'geom') INTO tile
        FROM (
            SELECT
                kept.features AS count,
                CASE WHEN grid.monitored THEN kept.not_started END AS not_started,
                CASE WHEN grid.monitored THEN kept.under_way END AS under_way,
                CASE WHEN grid.monitored THEN kept.overdue END AS overdue,
                CASE WHEN grid.monitored THEN kept.completed END AS completed,
                CASE WHEN grid.monitored THEN kept.accepted END AS accepted,
                CASE WHEN grid.geometry = 'polygon' THEN round(kept.area_m2)::bigint END AS area_m2,
                nullif(kept.township, '') AS township,
                CASE grid.geometry
                    WHEN 'point' THEN st_point(
                        round(((kept.sum_x::double precision / kept.features + 0.5) / 1048576 * 360 - 180 - west)
                            * scale),
                        round((north - tile_latitude((kept.sum_y::double precision / kept.features + 0.5) / 1048576))
                            * scale)
                    )
                    ELSE st_forcepolygonccw(st_makeenvelope(
                        round((kept.x / world * 360 - 180 - west) * scale),
                        round((north - tile_latitude(kept.y / world)) * scale),
                        round(((kept.x + 1) / world * 360 - 180 - west) * scale),
                        round((north - tile_latitude((kept.y + 1) / world)) * scale)
                    ))
                END AS geom
            FROM tile_cells(
                of_layer, as_of, at_zoom + 1, at_x,
                greatest(floor((0.5 - st_ymax(seen) / 40075016.685578488) * (1 << (at_zoom + 1)))::integer, 0),
                least(
                    floor((0.5 - st_ymin(seen) / 40075016.685578488) * (1 << (at_zoom + 1)))::integer,
                    (1 << (at_zoom + 1)) - 1
                )
            ) AS kept
            -- The middle of a cell lies in one tile.
            WHERE tile_latitude((kept.y + 0.5) / world) <= north
                AND tile_latitude((kept.y + 0.5) / world) > north - span
        ) AS drawn;
    END IF;
    RETURN tile;
END
$$;

-- The latitude of a share of the height of the world of EPSG:3857, from the north.
CREATE OR REPLACE FUNCTION tile_latitude(share double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT degrees(atan(sinh(pi() * (1 - 2 * share))))
$$;
