-- How many features of each declared layer the viewer sees now: from the sums where a measure counts them and the
-- layer is seen in every place, else counted.
SELECT
    layer.code,
    CASE
        WHEN counting.measure IS NOT NULL THEN coalesce(sum(reached.value), 0)::bigint
        ELSE (SELECT count(*) FROM feature WHERE feature.layer = layer.code AND feature.deleted_at IS NULL)
    END AS features
FROM layer
LEFT JOIN LATERAL (
    SELECT layer_measure.measure
    FROM layer_measure
    WHERE
        layer_measure.layer = layer.code
        AND layer_measure.source = 'count'
    ORDER BY layer_measure.place
    LIMIT 1
) AS counting ON NOT row_security_active('feature') OR viewer_in_layer(NULL, layer.code)
LEFT JOIN progress_at(ARRAY(SELECT root.code FROM org_unit AS root WHERE root.parent IS NULL), 'infinity') AS reached
    ON reached.layer = layer.code AND reached.measure = counting.measure AND reached.stage = ''
WHERE layer.declared
GROUP BY layer.code, counting.measure;
