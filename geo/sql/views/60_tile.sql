-- What vector tiles are made of is kept as features, milestones and places change.
--
-- feature_tile is right at the end of every statement. Counts by cell are right for the day in tile_layer together with
-- what has gathered in tile_delta; where that is not the day asked for, or too much has changed, features are counted.

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

CREATE OR REPLACE FUNCTION tile_on_feature() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    seen CONSTANT text := 'SELECT layer, id, code, name, org_unit, geom, area_m2, starts_on, due_on,
        deleted_at IS NULL AS there FROM ';
BEGIN
    EXECUTE CASE TG_OP
        WHEN 'INSERT' THEN tile_write('SELECT layer, id FROM new_rows')
        WHEN 'UPDATE' THEN tile_write('SELECT DISTINCT layer, id FROM (
            (' || seen || 'new_rows EXCEPT ' || seen || 'old_rows)
            UNION ALL (' || seen || 'old_rows EXCEPT ' || seen || 'new_rows)
        ) AS changed')
        ELSE 'DELETE FROM feature_tile USING old_rows
            WHERE feature_tile.layer = old_rows.layer AND feature_tile.id = old_rows.id'
    END;
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

-- A layer whose tiles are not made yet, as while its first import runs, has none that milestones could change. Whoever
-- records milestones of the same feature waits before this (progress_on_milestone).
CREATE OR REPLACE FUNCTION tile_on_milestone() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE tile_write('SELECT DISTINCT layer, feature AS id FROM new_rows
        WHERE EXISTS (SELECT FROM feature_tile WHERE feature_tile.layer = new_rows.layer)');
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
BEGIN
    EXECUTE tile_write('SELECT feature.layer, feature.id FROM feature WHERE feature.org_unit IN (
        SELECT code FROM (SELECT code, level, parent FROM new_rows EXCEPT SELECT code, level, parent FROM old_rows)
            AS changed)');
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
        accepted_on, due_on FROM %s';
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

-- Makes the tiles of a layer from its records, aside, and puts them in the place of what was there: after a first
-- import, which fires no trigger, and after an upgrade. Neighbours on the map become neighbours on disk.
CREATE OR REPLACE FUNCTION tile_refill(of_layer text) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    part CONSTANT text := 'feature_tile_of_' || of_layer;
    fresh CONSTANT text := part || '_fresh';
BEGIN
    INSERT INTO tile_delta (layer, whole, sign) VALUES (of_layer, true, 0);
    IF NOT EXISTS (SELECT FROM feature WHERE layer = of_layer)
        AND NOT EXISTS (SELECT FROM feature_tile WHERE layer = of_layer)
    THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I AS SELECT * FROM (%s) AS truth ORDER BY geom', fresh, tile_truth(
        format('(SELECT * FROM feature WHERE layer = %L)', of_layer),
        format('(SELECT * FROM feature_reached WHERE layer = %L) AS reached
            ON reached.layer = feature.layer AND reached.feature = feature.id', of_layer)
    ));
    EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (layer, id), ALTER code SET NOT NULL, ALTER geom SET NOT NULL,
        ALTER geom TYPE geometry (GEOMETRY, 3857), ALTER cell_x SET NOT NULL, ALTER cell_y SET NOT NULL,
        ALTER listed_on SET NOT NULL', fresh);
    EXECUTE format('CREATE INDEX ON %I USING gist (geom)', fresh);
    EXECUTE format('ALTER TABLE feature_tile DETACH PARTITION %I', part);
    EXECUTE format('DROP TABLE %I', part);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', fresh, part);
    EXECUTE format('ALTER TABLE feature_tile ATTACH PARTITION %I FOR VALUES IN (%L)', part, of_layer);
    EXECUTE format('ANALYZE %I', part);
END
$$;
