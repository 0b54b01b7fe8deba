-- The version of the layers, those whose tiles must be made first, and their tile unless that version is known. The
-- version names the last upgrade too: a program that draws differently and a database made anew count their changes
-- from where others have been. What the asker may see is a part of it: who may see the same is shown the same.
WITH entered AS MATERIALIZED (
    SELECT
        left(
            md5(
                (
                    viewer_enter(%(credential)s::text, 'view')::jsonb - '{account,name,label,kind}'::text[]
                )::text
            ), 12
        ) AS rights
),

kept AS MATERIALIZED (
    SELECT
        concat_ws(
            '.',
            (SELECT to_hex((extract(EPOCH FROM program.upgraded_at) * 1000000)::bigint) FROM program),
            to_hex(tile_version(%(layers)s::text[])),
            entered.rights
        ) AS version,
        ARRAY(
            SELECT tile_layer.layer
            FROM tile_layer
            WHERE tile_layer.layer = any(%(layers)s::text[]) AND NOT tile_layer.made
            ORDER BY tile_layer.layer
        ) AS unmade
    FROM entered
)

SELECT
    kept.version,
    kept.unmade,
    CASE
        WHEN kept.unmade <> '{}' OR kept.version = any(%(known)s::text[]) THEN NULL
        ELSE (
            SELECT
                string_agg(
                    CASE %(matrix_set)s::text
                        WHEN 'WebMercatorQuad' THEN tile_web_mercator(
                            named.layer, %(as_of)s::date, %(zoom)s::integer, %(tile_x)s::integer, %(tile_y)s::integer
                        )
                        ELSE tile_world_crs84(
                            named.layer, %(as_of)s::date, %(zoom)s::integer, %(tile_x)s::integer, %(tile_y)s::integer
                        )
                    END, ''::bytea
                    ORDER BY named.place
                )
            FROM unnest(%(layers)s::text[]) WITH ORDINALITY AS named (layer, place)
        )
    END AS tile
FROM kept;
