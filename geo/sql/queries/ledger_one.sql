-- One transaction with its earlier states and the features it reached, the first five hundred of them by amount.
SELECT
    json_build_object(
        'id', transaction.id,
        'version', transaction.version,
        'fund_source', transaction.fund_source,
        'activity', transaction.activity,
        'kind', transaction.kind,
        'value_date', transaction.value_date,
        'amount', transaction.amount,
        'allocated', coalesce(spread.allocated, 0.00),
        'unallocated', CASE
            WHEN transaction.kind IN ('disbursement', 'expenditure')
                THEN transaction.amount - coalesce(spread.allocated, 0)
        END,
        'document', document.number,
        'voucher', transaction.voucher,
        'note', transaction.note,
        'illustrative', transaction.illustrative,
        'recorded_at', transaction.recorded_at,
        'recorded_by', transaction.recorded_by,
        'reason', transaction.reason,
        'withdrawn_at', transaction.withdrawn_at,
        'file', import.file,
        'features', coalesce(spread.features, 0),
        'allocations', coalesce(
            (
                SELECT
                    json_agg(
                        json_build_object(
                            'layer', part.layer,
                            'id', part.feature,
                            'code', part.code,
                            'name', part.name,
                            'amount', part.amount,
                            'basis', part.basis
                        )
                        ORDER BY part.amount DESC, part.layer, part.code
                    )
                FROM (
                    SELECT
                        allocation.layer,
                        allocation.feature,
                        feature.code,
                        feature.name,
                        allocation.amount,
                        allocation.basis
                    FROM allocation
                    INNER JOIN feature ON feature.layer = allocation.layer AND feature.id = allocation.feature
                    WHERE allocation.transaction = transaction.id
                    ORDER BY allocation.amount DESC, allocation.layer, feature.code
                    LIMIT 500
                ) AS part
            ),
            '[]'
        ),
        'versions', coalesce(
            (
                SELECT
                    json_agg(
                        json_build_object(
                            'version', earlier.version,
                            'fund_source', earlier.fund_source,
                            'activity', earlier.activity,
                            'kind', earlier.kind,
                            'value_date', earlier.value_date,
                            'amount', earlier.amount,
                            'voucher', earlier.voucher,
                            'note', earlier.note,
                            'recorded_at', earlier.recorded_at,
                            'recorded_by', earlier.recorded_by,
                            'reason', earlier.reason
                        )
                        ORDER BY earlier.version DESC
                    )
                FROM transaction_version AS earlier
                WHERE earlier.transaction = transaction.id
            ),
            '[]'
        )
    )::text
FROM transaction
LEFT JOIN document ON document.id = transaction.document
LEFT JOIN import ON import.id = transaction.source
LEFT JOIN allocation_sum AS spread ON spread.transaction = transaction.id
WHERE transaction.id = %(id)s::bigint;
