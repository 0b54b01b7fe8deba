DELETE FROM {staging}
WHERE code IN (
    SELECT code
    FROM {staging}
    GROUP BY code
    HAVING count(*) > 1
);
