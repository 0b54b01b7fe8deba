-- What vector tiles are made of is kept as features, milestones and places change.
--
-- feature_tile is right at the end of every statement for layers whose tiles are made, and not to be read for others.
-- Counts by cell are right for the day in tile_layer together with what has gathered in tile_delta; where that is not
-- the day asked for, or too much has changed, features are counted.

-- What feature_tile must hold, as a query over features and a join that says what they have reached. What lies beyond
-- the poles of EPSG:3857 is on no map.
CREATE OR REPLACE FUNCTION tile_truth(features text, reached text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'SELECT
            feature.layer, feature.id, feature.code, feature.name,
            CASE org_unit.level WHEN ''township'' THEN org_unit.code WHEN ''village'' THEN org_unit.parent END AS township,
            drawn.geom,
            least(greatest(floor((drawn.x / 40075016.685578488 + 0.5) * 1048576), 0), 1048575)::integer AS cell_x,
            least(greatest(floor((0.5 - drawn.y / 40075016.685578488) * 1048576), 0), 1048575)::integer AS cell_y,
            feature.area_m2::double precision AS area_m2,
            coalesce(least(
                feature.starts_on, (SELECT min(reached_on) FROM unnest(reached.days) AS reached_on)
            ), ''-infinity'') AS listed_on,
            reached.status1 AS under_way_on, reached.status2 AS completed_on, reached.status3 AS accepted_on,
            feature.due_on
        FROM ' || features || ' AS feature
        LEFT JOIN ' || reached || '
        LEFT JOIN org_unit ON org_unit.code = feature.org_unit
        CROSS JOIN LATERAL (
            SELECT
                moved.geom,
                (st_xmin(moved.geom) + st_xmax(moved.geom)) / 2 AS x,
                (st_ymin(moved.geom) + st_ymax(moved.geom)) / 2 AS y
            FROM (SELECT st_forcepolygoncw(st_transform(feature.geom, 3857)) AS geom OFFSET 0) AS moved
        ) AS drawn
        WHERE feature.deleted_at IS NULL AND feature.geom @ st_makeenvelope(-180, -85.05, 180, 85.05, 4490)
            AND NOT st_isempty(feature.geom)'
$$;

-- The status by the same rules as feature_at(), over the days that feature_tile keeps.
CREATE OR REPLACE FUNCTION tile_status(
    under_way_on date, completed_on date, accepted_on date, due_on date, as_of date
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN accepted_on <= as_of THEN 'accepted'
        WHEN completed_on <= as_of THEN 'completed'
        WHEN due_on < as_of THEN 'overdue'
        WHEN under_way_on <= as_of THEN 'under_way'
        ELSE 'not_started'
    END
$$;

-- Writes anew what features have become; touched is a query of their layers and ids. Looked up one by one and compared
-- as sets: a join of two of these parts is a nested loop wherever the planner takes them for small.
CREATE OR REPLACE FUNCTION tile_write(touched text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'WITH touched AS MATERIALIZED (' || touched || '),
        touched_feature AS MATERIALIZED (
            SELECT feature.*
            FROM touched INNER JOIN feature ON feature.layer = touched.layer AND feature.id = touched.id
        ),
        now AS MATERIALIZED (' || tile_truth('touched_feature', 'LATERAL (
            SELECT
                array_agg(milestone.reached_on) AS days,
                min(milestone.reached_on) FILTER (WHERE layer_milestone.status >= 1) AS status1,
                min(milestone.reached_on) FILTER (WHERE layer_milestone.status >= 2) AS status2,
                min(milestone.reached_on) FILTER (WHERE layer_milestone.status >= 3) AS status3
            FROM milestone
            INNER JOIN layer_milestone USING (layer, milestone)
            WHERE milestone.layer = feature.layer AND milestone.feature = feature.id
                AND milestone.state = ''approved'' AND milestone.revoked_at IS NULL
        ) AS reached ON true') || '),
        gone AS (
            DELETE FROM feature_tile
            USING (SELECT layer, id FROM touched EXCEPT SELECT layer, id FROM now) AS lost
            WHERE feature_tile.layer = lost.layer AND feature_tile.id = lost.id
        )
        INSERT INTO feature_tile
        SELECT * FROM now
        ON CONFLICT ON CONSTRAINT feature_tile_key DO UPDATE SET
            code = excluded.code, name = excluded.name, township = excluded.township, geom = excluded.geom,
            cell_x = excluded.cell_x, cell_y = excluded.cell_y, area_m2 = excluded.area_m2,
            listed_on = excluded.listed_on, under_way_on = excluded.under_way_on,
            completed_on = excluded.completed_on, accepted_on = excluded.accepted_on, due_on = excluded.due_on'
$$;

-- Those of some layers whose tiles are made, so that they must be kept right. Nobody makes the tiles of any of these
-- layers until this transaction has ended, and where somebody is just making them this waits: what is written later is
-- written to tiles that are made, what was committed before is in those that are made next.
CREATE OR REPLACE FUNCTION tile_made(of_layers text[]) RETURNS text[]
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('tile_made'), hashtext(layer)) FROM unnest(of_layers) AS layer;
    RETURN (SELECT array_agg(layer) FROM tile_layer WHERE layer = ANY (of_layers) AND made);
END
$$;

CREATE OR REPLACE FUNCTION tile_on_feature() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    made text[];
    seen CONSTANT text := 'SELECT layer, id, code, name, org_unit, geom, area_m2, starts_on, due_on,
        deleted_at IS NULL AS there FROM ';
BEGIN
    EXECUTE 'SELECT tile_made(array_agg(DISTINCT layer)) FROM '
        || CASE TG_OP WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END INTO made;
    EXECUTE CASE TG_OP
        WHEN 'INSERT' THEN tile_write('SELECT layer, id FROM new_rows WHERE layer = ANY ($1)')
        WHEN 'UPDATE' THEN tile_write('SELECT DISTINCT layer, id FROM (
            (' || seen || 'new_rows EXCEPT ' || seen || 'old_rows)
            UNION ALL (' || seen || 'old_rows EXCEPT ' || seen || 'new_rows)
        ) AS changed WHERE layer = ANY ($1)')
        ELSE 'DELETE FROM feature_tile USING old_rows
            WHERE feature_tile.layer = old_rows.layer AND feature_tile.id = old_rows.id
                AND feature_tile.layer = ANY ($1)'
    END USING made;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER tile_feature_inserted
AFTER INSERT ON feature REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_feature();

CREATE OR REPLACE TRIGGER tile_feature_updated
AFTER UPDATE ON feature REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_feature();

CREATE OR REPLACE TRIGGER tile_feature_deleted
AFTER DELETE ON feature REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_feature();

CREATE OR REPLACE FUNCTION tile_on_truncated() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE feature_tile;
    INSERT INTO tile_delta (layer, whole, sign) SELECT layer, true, 0 FROM tile_layer;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER tile_feature_truncated
AFTER TRUNCATE ON feature
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_truncated();

-- Whoever records milestones of the same feature waits before this (progress_on_milestone).
CREATE OR REPLACE FUNCTION tile_on_milestone() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    made CONSTANT text[] := (SELECT tile_made(array_agg(DISTINCT layer)) FROM new_rows);
BEGIN
    EXECUTE tile_write('SELECT DISTINCT layer, feature AS id FROM new_rows WHERE layer = ANY ($1)') USING made;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER tile_milestone_inserted
AFTER INSERT ON milestone REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_milestone();

CREATE OR REPLACE TRIGGER tile_milestone_updated
AFTER UPDATE ON milestone REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_milestone();

-- Villages that came under another township.
CREATE OR REPLACE FUNCTION tile_on_org_unit() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    moved CONSTANT text[] := ARRAY(SELECT code FROM (
        SELECT code, level, parent FROM new_rows EXCEPT SELECT code, level, parent FROM old_rows
    ) AS changed);
    made text[];
BEGIN
    IF moved = '{}' THEN
        RETURN NULL;
    END IF;
    made := (SELECT tile_made(array_agg(DISTINCT layer)) FROM feature WHERE org_unit = ANY (moved));
    EXECUTE tile_write('SELECT layer, id FROM feature WHERE org_unit = ANY ($2) AND layer = ANY ($1)')
        USING made, moved;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER tile_org_unit_updated
AFTER UPDATE ON org_unit REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_org_unit();

-- What a statement changed is told feature by feature where it is little, else as a whole.
CREATE OR REPLACE FUNCTION tile_on_tile() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    side CONSTANT text := 'SELECT layer, false, %s, cell_x, cell_y, area_m2, listed_on, under_way_on, completed_on,
        accepted_on, due_on, township FROM %s';
    sides CONSTANT text := CASE TG_OP
        WHEN 'INSERT' THEN format(side, 1, 'new_rows')
        WHEN 'DELETE' THEN format(side, -1, 'old_rows')
        ELSE format(side, 1, 'new_rows') || ' UNION ALL ' || format(side, -1, 'old_rows')
    END;
    many boolean;
BEGIN
    EXECUTE 'SELECT count(*) > 500 FROM (SELECT FROM ' || CASE TG_OP WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END
        || ' LIMIT 501) AS first_rows' INTO many;
    IF many THEN
        EXECUTE 'INSERT INTO tile_delta (layer, whole, sign) SELECT DISTINCT layer, true, 0 FROM ('
            || sides || ') AS changed';
    ELSE
        EXECUTE 'INSERT INTO tile_delta ' || sides;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER tile_told_inserted
AFTER INSERT ON feature_tile REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_tile();

CREATE OR REPLACE TRIGGER tile_told_updated
AFTER UPDATE ON feature_tile REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_tile();

CREATE OR REPLACE TRIGGER tile_told_deleted
AFTER DELETE ON feature_tile REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION tile_on_tile();

-- Marks the tiles of a layer as not made: before its first partition is attached, which fires no trigger. Whoever calls
-- this keeps others from writing features of the layer until the end of the transaction.
CREATE OR REPLACE FUNCTION tile_unmake(of_layer text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever makes them at this moment reads features: it must have ended before the partition is replaced.
    PERFORM pg_advisory_xact_lock(hashtext('tile_made'), hashtext(of_layer));
    UPDATE tile_layer SET made = false WHERE layer = of_layer;
END
$$;

-- Makes the tiles of a layer from its records unless they are made: one at a time, others wait and find them made. Only
-- what differs is written, in place, so that no reader waits for a lock or sees a part of them. Neighbours on the map
-- become neighbours on disk. Written to the partition, which has no triggers, and read from one: nobody waits for this
-- who wants to replace a partition of another layer.
CREATE OR REPLACE FUNCTION tile_make(of_layer text) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    part CONSTANT text := 'feature_tile_of_' || of_layer;
    source CONSTANT text := 'feature_of_' || of_layer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tile_made'), hashtext(of_layer));
    IF (SELECT made FROM tile_layer WHERE layer = of_layer) THEN
        RETURN;
    END IF;
    -- In the order of whoever truncates features.
    EXECUTE format('LOCK TABLE %I IN ACCESS SHARE MODE', source);
    EXECUTE 'CREATE TEMPORARY TABLE tile_now AS ' || tile_truth(
        format('%I', source),
        format('(SELECT * FROM feature_reached WHERE layer = %L) AS reached
            ON reached.layer = feature.layer AND reached.feature = feature.id', of_layer)
    );
    EXECUTE format('DELETE FROM %I AS kept WHERE NOT EXISTS (
        SELECT FROM tile_now WHERE tile_now.id = kept.id AND ROW(tile_now.*) IS NOT DISTINCT FROM ROW(kept.*)
    )', part);
    EXECUTE format('INSERT INTO %I SELECT * FROM tile_now WHERE NOT EXISTS (
        SELECT FROM %1$I AS kept WHERE kept.id = tile_now.id
    ) ORDER BY geom', part);
    DROP TABLE tile_now;
    INSERT INTO tile_delta (layer, whole, sign) VALUES (of_layer, true, 0);
    UPDATE tile_layer SET made = true WHERE layer = of_layer;
    EXECUTE format('ANALYZE %I', part);
END
$$;

DROP FUNCTION IF EXISTS tile_refill(text);
