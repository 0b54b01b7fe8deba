-- The whole ledger in the order of its export: budget lines, then transactions, withdrawn ones marked.
SELECT
    budget.fund_source,
    fund_source.name_zh AS fund_source_name,
    budget.activity,
    activity.name_zh AS activity_name,
    NULL AS kind,
    NULL::date AS value_date,
    budget.amount,
    document.number AS document,
    NULL AS voucher,
    budget.year,
    budget.phase,
    budget.note,
    false AS withdrawn,
    budget.id
FROM budget
INNER JOIN fund_source ON fund_source.code = budget.fund_source
LEFT JOIN activity ON activity.code = budget.activity
LEFT JOIN document ON document.id = budget.document
UNION ALL
SELECT
    transaction.fund_source,
    fund_source.name_zh AS fund_source_name,
    transaction.activity,
    activity.name_zh AS activity_name,
    transaction.kind,
    transaction.value_date,
    transaction.amount,
    document.number,
    transaction.voucher,
    transaction.year,
    NULL,
    transaction.note,
    transaction.withdrawn_at IS NOT NULL,
    transaction.id
FROM transaction
INNER JOIN fund_source ON fund_source.code = transaction.fund_source
LEFT JOIN activity ON activity.code = transaction.activity
LEFT JOIN document ON document.id = transaction.document
ORDER BY phase, kind, value_date, year, fund_source, activity, id;
