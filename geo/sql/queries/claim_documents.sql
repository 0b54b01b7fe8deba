SELECT
    code,
    title,
    year,
    illustrative
FROM claim_document
ORDER BY year DESC, code;
