-- The layer of the milestones that a report or an import left to be judged.
SELECT milestone.layer
FROM milestone
WHERE milestone.report = %(report)s::uuid OR (milestone.source = %(source)s::bigint AND milestone.state = 'pending')
LIMIT 1;
