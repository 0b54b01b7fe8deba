INSERT INTO budget (activity, fund_source, year, phase, amount, document, note, illustrative, source, recorded_by)
VALUES (
    %(activity)s::text,
    %(fund_source)s::text,
    %(year)s::integer,
    %(phase)s::text,
    %(amount)s::numeric,
    %(document)s::bigint,
    %(note)s::text,
    %(illustrative)s::boolean,
    %(source)s::bigint,
    %(by)s::text
)
ON CONFLICT ON CONSTRAINT budget_once DO UPDATE
SET
    amount = excluded.amount,
    document = excluded.document,
    note = excluded.note,
    illustrative = excluded.illustrative,
    source = excluded.source,
    recorded_at = now(),
    recorded_by = excluded.recorded_by;
