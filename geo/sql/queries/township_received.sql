-- What was spent by a day on the features of a township; NULL where no activity is for any of them.
SELECT sum(reached.value)
FROM money_between(ARRAY[%(org_unit)s::text], '-infinity', %(as_of)s::date) AS reached;
