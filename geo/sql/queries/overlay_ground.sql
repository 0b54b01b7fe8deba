-- The records of a layer that are listed on a day, neighbours after one another: geometries are ordered along a Hilbert
-- curve. grouped and owner are the columns that say what a record is and whose; with_milestones says whether records of
-- the layer may be listed by what they have reached.
SELECT
    uuid_send(feature.id) AS id,
    feature.org_unit,
    feature.code,
    feature.name,
    feature.attributes ->> %(grouped)s::text AS grouped,
    feature.attributes ->> %(owner)s::text AS owner,
    st_asbinary(feature.geom, 'NDR') AS geom
FROM feature
WHERE
    feature.layer = %(layer)s::text
    AND feature.geom IS NOT NULL
    AND feature.deleted_at IS NULL
    AND CASE
        WHEN feature.starts_on <= %(as_of)s::date THEN true
        WHEN %(with_milestones)s::boolean THEN EXISTS (
            SELECT
            FROM feature_at(feature.layer, feature.id, feature.starts_on, feature.due_on, %(as_of)s::date)
        )
        ELSE feature.starts_on IS NULL
    END
ORDER BY feature.geom, feature.id;
