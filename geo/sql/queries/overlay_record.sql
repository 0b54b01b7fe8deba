-- The records of some layers, listed on a day, whose boxes meet any of some boxes widened by what each layer is looked
-- for around them; a record that meets several is told several times. groups and owners are the columns of a layer that
-- say what a record is and whose, with_milestones the layers whose records may be listed by what they have reached.
SELECT
    wanted.place AS layer,
    uuid_send(found.id) AS id,
    found.org_unit,
    found.code,
    found.name,
    found.attributes ->> wanted.grouped AS grouped,
    found.attributes ->> wanted.owner AS owner,
    st_asbinary(found.geom, 'NDR') AS geom
FROM unnest(%(layers)s::text[], %(reach)s::float8[], %(groups)s::text[], %(owners)s::text[]) WITH ORDINALITY
    AS wanted (layer, reach, grouped, owner, place)
CROSS JOIN unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[])
    AS box (west, south, east, north)
CROSS JOIN LATERAL (
    SELECT
        feature.id,
        feature.org_unit,
        feature.code,
        feature.name,
        feature.attributes,
        feature.geom
    FROM feature
    WHERE
        feature.layer = wanted.layer
        AND feature.geom && st_makeenvelope(
            box.west - wanted.reach, box.south - wanted.reach, box.east + wanted.reach, box.north + wanted.reach, 4490
        )
        AND feature.deleted_at IS NULL
        AND CASE
            WHEN feature.starts_on <= %(as_of)s::date THEN true
            WHEN wanted.layer = ANY(%(with_milestones)s::text[]) THEN EXISTS (
                SELECT
                FROM feature_at(feature.layer, feature.id, feature.starts_on, feature.due_on, %(as_of)s::date)
            )
            ELSE feature.starts_on IS NULL
        END
) AS found;
