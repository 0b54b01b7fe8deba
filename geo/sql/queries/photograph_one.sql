SELECT CASE WHEN %(small)s::boolean THEN attachment.thumbnail ELSE attachment.content END AS content
FROM attachment
WHERE attachment.report = %(report)s::uuid AND attachment.number = %(number)s::smallint;
