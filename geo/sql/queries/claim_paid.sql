-- What the ledger sums of each wanted figure within the year of its day, in 元, or how many activities it has.
SELECT
    place,
    sum(amount) AS total,
    count(*) AS records
FROM claim_entry(%(wanted)s::json)
GROUP BY place
ORDER BY place;
