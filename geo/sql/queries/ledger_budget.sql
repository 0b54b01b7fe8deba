INSERT INTO budget (activity, fund_source, year, phase, amount)
VALUES (%(activity)s::text, %(fund_source)s, %(year)s, %(phase)s, %(amount)s::numeric)
ON CONFLICT ON CONSTRAINT budget_once DO UPDATE
SET amount = excluded.amount;
