-- Imports, newest first, with what they did. Values of cells are left out: they may be personal.
WITH page AS MATERIALIZED (
    SELECT
        id,
        layer,
        file,
        sha256,
        illustrative,
        imported_at,
        imported_by,
        undone_at,
        undone_by,
        report
    FROM import
    WHERE %(before)s::bigint IS NULL OR id < %(before)s::bigint
    ORDER BY id DESC
    LIMIT %(limit)s::integer + 1
),

kept AS (
    SELECT *
    FROM page
    ORDER BY id DESC
    LIMIT %(limit)s::integer
)

SELECT
    json_build_object(
        'imports', coalesce(
            json_agg(
                json_build_object(
                    'id', kept.id,
                    'layer', kept.layer,
                    'file', kept.file,
                    'sha256', kept.sha256,
                    'illustrative', kept.illustrative,
                    'imported_at', kept.imported_at,
                    'imported_by', kept.imported_by,
                    'undone_at', kept.undone_at,
                    'undone_by', kept.undone_by,
                    'report', json_build_object(
                        'table', kept.report -> 'table',
                        'crs', kept.report -> 'crs',
                        'encoding', kept.report -> 'encoding',
                        'rows', kept.report -> 'rows',
                        'new', kept.report -> 'new',
                        'changed', kept.report -> 'changed',
                        'unchanged', kept.report -> 'unchanged',
                        'refused', kept.report -> 'refused',
                        'notes', coalesce(kept.report -> 'notes', '[]'),
                        'mapping', coalesce(kept.report -> 'mapping', '[]'),
                        'fields', coalesce(kept.report -> 'fields', '{}'),
                        'counts', coalesce(kept.report -> 'counts', '{}'),
                        'problems', (
                            SELECT
                                coalesce(
                                    json_agg(
                                        json_build_object(
                                            'row', problem.value -> 'row',
                                            'column', problem.value -> 'column',
                                            'code', problem.value -> 'code',
                                            'severity', problem.value -> 'severity',
                                            'text', problem.value -> 'text'
                                        )
                                        ORDER BY problem.number
                                    ),
                                    '[]'
                                )
                            FROM jsonb_array_elements(kept.report -> 'problems')
                            WITH ORDINALITY AS problem (value, number)
                            WHERE problem.number <= 100
                        )
                    )
                )
                ORDER BY kept.id DESC
            ),
            '[]'
        ),
        'next', CASE
            WHEN (SELECT count(*) FROM page) > %(limit)s::integer
                THEN %(here)s::text || (SELECT min(last.id) FROM kept AS last)
        END
    )::text
FROM kept;
