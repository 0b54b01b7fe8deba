-- Features by cell at low zooms: kept for one day, counted for every other.

-- Sums of features, or of signed changes, by cell at every zoom up to 12: 32 by 32 cells a tile, of points 8 by 8.
-- facts is a query with sign and the columns of tile_delta. A cell across a border is one for each township.
CREATE OR REPLACE FUNCTION tile_sum(facts text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'WITH fact AS MATERIALIZED (
            SELECT fact.*, tile_status(under_way_on, completed_on, accepted_on, due_on, $2) AS status
            FROM (' || facts || ') AS fact
            WHERE listed_on <= $2
        ),
        finest AS MATERIALIZED (
            SELECT
                cell_x >> (8 - bits) AS x, cell_y >> (8 - bits) AS y, bits, coalesce(township, '''') AS township,
                sum(sign) AS features,
                coalesce(sum(sign) FILTER (WHERE monitored AND status = ''not_started''), 0) AS not_started,
                coalesce(sum(sign) FILTER (WHERE monitored AND status = ''under_way''), 0) AS under_way,
                coalesce(sum(sign) FILTER (WHERE monitored AND status = ''overdue''), 0) AS overdue,
                coalesce(sum(sign) FILTER (WHERE monitored AND status = ''completed''), 0) AS completed,
                coalesce(sum(sign) FILTER (WHERE monitored AND status = ''accepted''), 0) AS accepted,
                coalesce(sum(sign * area_m2), 0) AS area_m2, sum(sign * cell_x::bigint) AS sum_x,
                sum(sign * cell_y::bigint) AS sum_y
            FROM fact CROSS JOIN tile_grid($1) AS grid
            GROUP BY 1, 2, 3, 4
        )
        SELECT
            $1 AS layer, zoom::smallint AS zoom, (x >> (12 - zoom) >> bits) AS tile_x,
            (y >> (12 - zoom) >> bits) AS tile_y, x >> (12 - zoom) AS x, y >> (12 - zoom) AS y,
            sum(features)::bigint AS features, sum(not_started)::bigint AS not_started,
            sum(under_way)::bigint AS under_way, sum(overdue)::bigint AS overdue,
            sum(completed)::bigint AS completed, sum(accepted)::bigint AS accepted, sum(area_m2) AS area_m2,
            sum(sum_x)::bigint AS sum_x, sum(sum_y)::bigint AS sum_y, township
        FROM finest CROSS JOIN generate_series($3, $4) AS zoom
        GROUP BY 2, 3, 4, 5, 6, township'
$$;

-- How many bits number the cells across a tile of a layer, and whether its features have a status.
CREATE OR REPLACE FUNCTION tile_grid(of_layer text) RETURNS TABLE (bits integer, monitored boolean, geometry text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        CASE layer.geometry WHEN 'point' THEN 3 ELSE 5 END,
        EXISTS (SELECT FROM layer_milestone WHERE layer_milestone.layer = layer.code),
        layer.geometry
    FROM layer
    WHERE layer.code = of_layer
$$;

-- Brings the counts of a layer to a day and to what has changed; what others have not committed waits.
CREATE OR REPLACE FUNCTION tile_fold_layer(of_layer text, today date) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    columns CONSTANT text := 'layer, zoom, tile_x, tile_y, x, y, features, not_started, under_way, overdue, completed,
        accepted, area_m2, sum_x, sum_y, township';
    anew CONSTANT boolean := NOT EXISTS (SELECT FROM tile_layer WHERE layer = of_layer AND as_of = today)
        OR EXISTS (SELECT FROM tile_delta WHERE layer = of_layer AND whole);
    moved bigint;
BEGIN
    IF anew THEN
        DELETE FROM tile_cell WHERE layer = of_layer;
        -- One statement, so that the features that are counted are those whose changes are taken away.
        EXECUTE 'WITH gone AS (DELETE FROM tile_delta WHERE layer = $1 RETURNING 1),
            put AS (INSERT INTO tile_cell (' || columns || ') ' || tile_sum(
                'SELECT 1 AS sign, cell_x, cell_y, area_m2, listed_on, under_way_on, completed_on, accepted_on, due_on,
                    township
                FROM feature_tile WHERE layer = $1'
            ) || ') SELECT count(*) FROM gone' INTO moved USING of_layer, today, 0, 12;
    ELSE
        EXECUTE 'WITH gone AS (DELETE FROM tile_delta WHERE layer = $1 AND NOT whole RETURNING *),
            put AS (INSERT INTO tile_cell AS kept (' || columns || ') ' || tile_sum('SELECT * FROM gone') || '
                ON CONFLICT ON CONSTRAINT tile_cell_key DO UPDATE SET
                    features = kept.features + excluded.features,
                    not_started = kept.not_started + excluded.not_started,
                    under_way = kept.under_way + excluded.under_way, overdue = kept.overdue + excluded.overdue,
                    completed = kept.completed + excluded.completed, accepted = kept.accepted + excluded.accepted,
                    area_m2 = kept.area_m2 + excluded.area_m2, sum_x = kept.sum_x + excluded.sum_x,
                    sum_y = kept.sum_y + excluded.sum_y
            ) SELECT count(*) FROM gone' INTO moved USING of_layer, today, 0, 12;
    END IF;
    UPDATE tile_layer SET version = version + moved, as_of = today WHERE layer = of_layer;
    RETURN moved;
END
$$;

-- Brings all layers to a day; one at a time, others go on. Returns how many changes were counted in. A layer that is
-- just being imported or made has its turn next time.
CREATE OR REPLACE FUNCTION tile_fold(today date) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    moved bigint := 0;
    waiting text;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('tile_fold')) THEN
        RETURN 0;
    END IF;
    FOR waiting IN
        SELECT layer FROM tile_layer
        WHERE made AND (
            as_of IS DISTINCT FROM today OR EXISTS (SELECT FROM tile_delta WHERE tile_delta.layer = tile_layer.layer)
        )
        FOR NO KEY UPDATE OF tile_layer SKIP LOCKED
    LOOP
        moved := moved + tile_fold_layer(waiting, today);
    END LOOP;
    RETURN moved;
END
$$;

-- The version of the tiles of some layers: it grows with every change that is committed.
CREATE OR REPLACE FUNCTION tile_version(of_layers text[]) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        (SELECT coalesce(sum(version), 0) FROM tile_layer WHERE layer = ANY (of_layers))::bigint
        + (SELECT count(*) FROM tile_delta WHERE layer = ANY (of_layers))
$$;

-- The cells of one column of tiles of EPSG:3857 between two rows: from the counts and what has changed since where they
-- are of that day and the viewer sees all of the layer, else from the features.
CREATE OR REPLACE FUNCTION tile_cells(
    of_layer text, on_day date, at_zoom integer, column_x integer, first_y integer, last_y integer
) RETURNS SETOF tile_cell
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    shift CONSTANT integer := 20 - at_zoom;
    box geometry;
BEGIN
    IF EXISTS (SELECT FROM tile_layer WHERE layer = of_layer AND as_of = on_day)
        AND NOT EXISTS (SELECT FROM tile_delta WHERE layer = of_layer AND whole)
        AND (NOT row_security_active('tile_cell') OR viewer_in_layer(NULL, of_layer))
    THEN
        IF NOT EXISTS (SELECT FROM tile_delta WHERE layer = of_layer) THEN
            RETURN QUERY SELECT kept.* FROM tile_cell AS kept
            WHERE kept.layer = of_layer AND kept.zoom = at_zoom AND kept.tile_x = column_x
                AND kept.tile_y BETWEEN first_y AND last_y AND kept.features > 0;
            RETURN;
        END IF;
        RETURN QUERY EXECUTE 'SELECT layer, zoom, tile_x, tile_y, x, y, sum(features)::bigint,
                sum(not_started)::bigint, sum(under_way)::bigint, sum(overdue)::bigint, sum(completed)::bigint,
                sum(accepted)::bigint, sum(area_m2), sum(sum_x)::bigint, sum(sum_y)::bigint, township
            FROM (
                SELECT * FROM tile_cell
                WHERE layer = $1 AND zoom = $3 AND tile_x = $5 AND tile_y BETWEEN $6 AND $7
                UNION ALL
                SELECT * FROM (' || tile_sum('SELECT * FROM tile_delta WHERE layer = $1
                    AND cell_x >> (20 - $3) = $5 AND cell_y >> (20 - $3) BETWEEN $6 AND $7') || ') AS changed
            ) AS cell
            GROUP BY layer, zoom, tile_x, tile_y, x, y, township
            HAVING sum(features) > 0' USING of_layer, on_day, at_zoom, at_zoom, column_x, first_y, last_y;
        RETURN;
    END IF;
    box := st_expand(st_collect(
        st_tileenvelope(at_zoom, column_x, first_y), st_tileenvelope(at_zoom, column_x, last_y)
    ), 1);
    RETURN QUERY EXECUTE tile_sum('SELECT 1 AS sign, cell_x, cell_y, area_m2, listed_on, under_way_on, completed_on,
            accepted_on, due_on, township
        FROM feature_tile
        WHERE layer = $1 AND geom && $8 AND cell_x >> (20 - $3) = $5 AND cell_y >> (20 - $3) BETWEEN $6 AND $7')
        USING of_layer, on_day, at_zoom, at_zoom, column_x, first_y, last_y, box;
END
$$;
