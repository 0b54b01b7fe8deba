UPDATE transaction
SET
    activity = %(activity)s::text,
    fund_source = %(fund_source)s::text,
    kind = %(type)s::text,
    value_date = %(value_date)s::date,
    amount = %(amount)s::numeric,
    document = %(document)s::bigint,
    voucher = %(voucher)s::text,
    note = %(note)s::text,
    illustrative = %(illustrative)s::boolean,
    recorded_by = %(by)s::text,
    reason = %(reason)s::text
WHERE
    id = %(id)s::bigint
    AND withdrawn_at IS NULL
    AND (%(version)s::integer IS NULL OR version = %(version)s::integer)
RETURNING id;
