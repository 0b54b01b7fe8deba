-- A few features that have something left to reach, of each of three layers in each of three places.
WITH reached AS (
    SELECT
        feature.layer,
        feature.id,
        feature.code,
        feature.org_unit,
        st_pointonsurface(feature.geom) AS place,
        max(milestone.reached_on) AS last_on,
        max(layer_milestone.place) AS furthest
    FROM feature
    INNER JOIN milestone ON milestone.layer = feature.layer AND milestone.feature = feature.id
    INNER JOIN layer_milestone
        ON layer_milestone.layer = milestone.layer AND layer_milestone.milestone = milestone.milestone
    WHERE
        feature.layer IN ('relocation_household', 'hazard_point', 'farmland_patch')
        AND feature.deleted_at IS NULL
        AND feature.geom IS NOT NULL
        AND feature.org_unit IS NOT NULL
        AND milestone.state = 'approved'
        AND milestone.revoked_at IS NULL
    GROUP BY feature.layer, feature.id
),

ranked AS (
    SELECT
        reached.*,
        next.milestone,
        row_number() OVER (PARTITION BY reached.layer, left(reached.org_unit, 9) ORDER BY reached.code) AS nth
    FROM reached
    CROSS JOIN LATERAL (
        SELECT layer_milestone.milestone
        FROM layer_milestone
        WHERE layer_milestone.layer = reached.layer AND layer_milestone.place > reached.furthest
        ORDER BY layer_milestone.place
        LIMIT 1
    ) AS next
)

SELECT
    ranked.layer,
    ranked.id AS feature,
    ranked.code,
    ranked.milestone,
    ranked.last_on + 40 AS day,
    st_x(ranked.place) AS lon,
    st_y(ranked.place) AS lat
FROM ranked
WHERE ranked.nth = 1 AND ranked.last_on + 40 <= %(today)s::date
ORDER BY left(ranked.org_unit, 9), ranked.layer, ranked.code
LIMIT 12;
