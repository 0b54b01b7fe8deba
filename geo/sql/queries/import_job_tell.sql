-- One job as it is shown: of the report what a page lists.
SELECT
    json_build_object(
        'id', import_job.id,
        'layer', import_job.layer,
        'state', import_job.state,
        'action', import_job.action,
        'choice', import_job.choice,
        'done', import_job.done,
        'whole', import_job.whole,
        'tables', import_job.tables,
        'report', import_job.report || jsonb_build_object(
            'problems', jsonb_path_query_array(import_job.report, '$.problems[0 to 499]'),
            'changes', jsonb_path_query_array(import_job.report, '$.changes[0 to 199]'),
            'new_codes', jsonb_path_query_array(import_job.report, '$.new_codes[0 to 199]')
        ),
        'problem', import_job.problem,
        'created_at', import_job.created_at,
        'created_by', import_job.created_by,
        'ahead', (
            SELECT count(*)
            FROM import_job AS other
            WHERE
                other.state IN ('waiting', 'running')
                AND import_job.state = 'waiting'
                AND other.changed_at < import_job.changed_at
        )
    )::text
FROM import_job
WHERE import_job.id = %(job)s::uuid;
