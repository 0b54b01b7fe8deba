INSERT INTO transaction (activity, fund_source, kind, value_date, amount, document)
SELECT
    %(activity)s::text,
    %(fund_source)s::text,
    %(kind)s::text,
    %(value_date)s::date,
    %(amount)s::numeric,
    %(document)s::bigint
WHERE NOT EXISTS (
    SELECT
    FROM transaction AS known
    WHERE
        known.activity IS NOT DISTINCT FROM %(activity)s::text
        AND known.fund_source = %(fund_source)s::text
        AND known.kind = %(kind)s::text
        AND known.value_date = %(value_date)s::date
        AND known.amount = %(amount)s::numeric
);
