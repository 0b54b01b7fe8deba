INSERT INTO transaction (
    activity, fund_source, kind, value_date, amount, document, voucher, note, illustrative, source, recorded_by
)
VALUES (
    %(activity)s::text,
    %(fund_source)s::text,
    %(type)s::text,
    %(value_date)s::date,
    %(amount)s::numeric,
    %(document)s::bigint,
    %(voucher)s::text,
    %(note)s::text,
    %(illustrative)s::boolean,
    %(source)s::bigint,
    %(by)s::text
)
RETURNING id;
