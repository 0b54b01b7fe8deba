INSERT INTO allocation (transaction, layer, feature, amount, basis, recorded_by)
SELECT
    %(transaction)s::bigint,
    part.layer,
    part.feature,
    part.amount,
    %(basis)s::text,
    %(by)s::text
FROM unnest(%(layers)s::text[], %(features)s::uuid[], %(amounts)s::numeric[]) AS part (layer, feature, amount);
