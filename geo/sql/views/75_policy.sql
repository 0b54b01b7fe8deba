-- What the role of the web server may do: row-level security over everything that is anybody's, and nothing it owns.

REVOKE CREATE ON SCHEMA public FROM public;
GRANT USAGE ON SCHEMA public TO shanhe_web;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM shanhe_web;

-- Words, places and the state of the program are nobody's in particular.
GRANT SELECT ON layer, layer_measure, layer_milestone, org_unit, org_unit_former, org_unit_ancestor, program,
alembic_version, tile_layer, role_verb, import_mark, layer_source TO shanhe_web;

GRANT SELECT ON feature, feature_version, feature_reached, milestone, report, attachment, activity_feature, allocation,
allocation_version, feature_tile, tile_cell, tile_delta, progress_delta, progress_day, progress_month, progress_year,
progress_sum, progress_truth, money_delta, money_day, money_sum, money_truth, target, document, fund_source, activity,
activity_fund_source, budget, budget_version, transaction, transaction_version, link_rule, claim_document, claim,
claim_note, import, import_complete, import_job, import_mapping, idempotency, feature_private, parcel_batch, parcel,
overlay_result TO shanhe_web;
-- Neither the secret that a job acts by nor what it may do is for a request to read or to write.
GRANT SELECT (
    id, batch, layers, as_of, within_m, language, state, done, whole, stopping, problem, created_at, created_by,
    changed_at
) ON overlay_job TO shanhe_web;
GRANT INSERT (batch, layers, as_of, within_m, language, whole) ON overlay_job TO shanhe_web;
GRANT UPDATE (state, stopping, changed_at) ON overlay_job TO shanhe_web;

GRANT INSERT, UPDATE ON feature, milestone, activity, budget, transaction, claim, claim_document, document, fund_source,
import, import_job, import_mapping, idempotency, feature_private, link_rule, activity_feature, allocation,
activity_fund_source, report, target, parcel_batch TO shanhe_web;
GRANT INSERT ON claim_note, attachment, parcel TO shanhe_web;
GRANT DELETE ON import_mapping, idempotency, feature_private, link_rule, activity_feature, allocation, target
TO shanhe_web;

GRANT SELECT ON allocation_sum TO shanhe_web;

-- Extracts are issued and never altered.
GRANT SELECT, INSERT ON extract, extract_document TO shanhe_web;

-- Documents are added as they come, without a word of withdrawal, and then only withdrawn.
GRANT SELECT ON feature_document, feature_document_content TO shanhe_web;
GRANT INSERT (layer, feature, kind, title, number, dated_on, personal, media_type, size, sha256, recorded_by)
ON feature_document TO shanhe_web;
GRANT UPDATE (withdrawn_at, withdrawn_by, reason) ON feature_document TO shanhe_web;
GRANT INSERT ON feature_document_content TO shanhe_web;

-- A job is put into the queue with the change that asks for it.
GRANT SELECT, INSERT ON procrastinate_jobs, procrastinate_events TO shanhe_web;
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq TO shanhe_web;

-- Views ask with the rights of who reads them.
ALTER VIEW feature_reached SET (security_invoker = true);
ALTER VIEW progress_truth SET (security_invoker = true);
ALTER VIEW progress_sum SET (security_invoker = true);
ALTER VIEW money_truth SET (security_invoker = true);
ALTER VIEW money_sum SET (security_invoker = true);

-- Replaces the policy of a table for one command; what an update leaves may have to meet another condition.
DROP FUNCTION IF EXISTS policy_set(text, text, text);
CREATE OR REPLACE FUNCTION policy_set(of_table text, command text, condition text, leaves text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    name CONSTANT text := of_table || '_' || lower(command);
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', of_table);
    EXECUTE format('DROP POLICY IF EXISTS %I ON %I', name, of_table);
    EXECUTE format('CREATE POLICY %I ON %I FOR %s TO shanhe_web %s', name, of_table, command, CASE command
        WHEN 'INSERT' THEN format('WITH CHECK (%s)', condition)
        WHEN 'UPDATE' THEN format('USING (%s) WITH CHECK (%s)', condition, coalesce(leaves, condition))
        ELSE format('USING (%s)', condition)
    END);
END
$$;
REVOKE EXECUTE ON FUNCTION policy_set(text, text, text, text) FROM public;

-- The condition that a row with a unit and a layer lies where a verb is granted ('NULL': the one of the transaction).
-- Sub-selects: each is worked out once a statement, not once a row.
CREATE OR REPLACE FUNCTION policy_place(verb text, unit text, layer text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT format(
        '(SELECT viewer_everywhere(%1$s)) OR %2$s IN (SELECT viewer_keys(%1$s)) OR %3$s IN (SELECT viewer_keys(%1$s))'
        ' OR (%3$s || ''/'' || %2$s) IN (SELECT viewer_keys(%1$s))',
        verb, unit, layer
    )
$$;

-- The condition that the feature of a row lies where a verb is granted. What the transaction was begun for is asked of
-- the feature by its own policy: one that is not seen is not there.
CREATE OR REPLACE FUNCTION policy_feature(verb text, of_table text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT format(
        '(SELECT viewer_everywhere(%1$s)) OR EXISTS (SELECT FROM feature AS held WHERE held.layer = %2$I.layer AND'
        ' held.id = %2$I.feature AND (%3$s))',
        verb, of_table, CASE WHEN verb = 'NULL' THEN 'true' ELSE policy_place(verb, 'held.org_unit', 'held.layer') END
    )
$$;

DO $$
DECLARE
    anybody CONSTANT text := '(SELECT viewer_name()) IS NOT NULL';
    edits CONSTANT text := '(SELECT viewer_everywhere(''edit''))';
    sees CONSTANT text := '(SELECT viewer_everywhere(NULL))';
    approves CONSTANT text := policy_feature('''approve''', 'milestone');
    owns CONSTANT text := '(SELECT viewer_everywhere(''administer'')) OR created_by = (SELECT viewer_name())';
    of_table text;
BEGIN
    -- Features, and what hangs on them.
    PERFORM policy_set('feature', 'SELECT', policy_place('NULL', 'org_unit', 'layer'));
    PERFORM policy_set('feature', command, policy_place('''edit''', 'org_unit', 'layer'))
    FROM unnest(ARRAY['INSERT', 'UPDATE']) AS command;
    FOREACH of_table IN ARRAY ARRAY['milestone', 'report', 'attachment', 'activity_feature', 'allocation'] LOOP
        PERFORM policy_set(of_table, 'SELECT', policy_feature('NULL', of_table));
    END LOOP;
    PERFORM policy_set('feature_version', 'SELECT', policy_feature('NULL', 'feature_version'));
    -- Whoever edits states what waits; only who approves makes it count.
    PERFORM policy_set('milestone', 'INSERT', format(
        '(%s) OR (state = ''pending'' AND (%s))',
        approves, policy_feature('''edit''', 'milestone')
    ));
    PERFORM policy_set('milestone', 'UPDATE', format('(%s) OR (%s)', approves, policy_feature('''edit''', 'milestone')),
        format(
            '(%s) OR ((state <> ''approved'' OR revoked_at IS NOT NULL) AND (%s))',
            approves, policy_feature('''edit''', 'milestone')
        ));
    PERFORM policy_set('report', command, 'recorded_by = (SELECT viewer_name()) AND ('
        || policy_feature('''edit''', 'report') || ')')
    FROM unnest(ARRAY['INSERT', 'UPDATE']) AS command;
    PERFORM policy_set('attachment', 'INSERT', 'recorded_by = (SELECT viewer_name()) AND ('
        || policy_feature('''edit''', 'attachment') || ')');
    -- Whoever sees a feature sees which documents it has. Added by who edits it; withdrawn by whoever added it, as long
    -- as they edit it, or by who approves. What holds personal data opens for who may see that of the feature, and what
    -- was withdrawn for nobody.
    PERFORM policy_set('feature_document', 'SELECT', policy_feature('NULL', 'feature_document'));
    PERFORM policy_set('feature_document', 'INSERT', 'recorded_by = (SELECT viewer_name()) AND ('
        || policy_feature('''edit''', 'feature_document') || ')');
    PERFORM policy_set('feature_document', 'UPDATE', format(
        'withdrawn_at IS NULL AND ((%s) OR (recorded_by = (SELECT viewer_name()) AND (%s)))',
        policy_feature('''approve''', 'feature_document'), policy_feature('''edit''', 'feature_document')
    ), 'withdrawn_at IS NOT NULL AND withdrawn_by = (SELECT viewer_name())');
    PERFORM policy_set('feature_document_content', 'SELECT', format(
        'EXISTS (SELECT FROM feature_document WHERE feature_document.id = feature_document_content.document'
        ' AND feature_document.withdrawn_at IS NULL AND (NOT feature_document.personal OR (%s)))',
        policy_feature('''personal''', 'feature_document')
    ));
    PERFORM policy_set('feature_document_content', 'INSERT', format(
        'EXISTS (SELECT FROM feature_document WHERE feature_document.id = feature_document_content.document'
        ' AND feature_document.recorded_by = (SELECT viewer_name()) AND feature_document.withdrawn_at IS NULL'
        ' AND (%s))',
        policy_feature('''edit''', 'feature_document')
    ));
    PERFORM policy_set('feature_private', 'SELECT', policy_feature('''personal''', 'feature_private'));
    PERFORM policy_set('feature_private', command, policy_feature('''edit''', 'feature_private'))
    FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS command;

    -- Tiles and sums.
    PERFORM policy_set('feature_tile', 'SELECT', policy_place('NULL', 'township', 'layer'));
    FOREACH of_table IN ARRAY ARRAY['tile_cell', 'tile_delta'] LOOP
        PERFORM policy_set(of_table, 'SELECT', sees || ' OR layer IN (SELECT viewer_keys(NULL))');
    END LOOP;
    FOREACH of_table IN ARRAY ARRAY[
        'progress_delta', 'progress_day', 'progress_month', 'progress_year', 'money_delta', 'money_day', 'target'
    ] LOOP
        PERFORM policy_set(of_table, 'SELECT', policy_place('NULL', 'org_unit', 'layer'));
    END LOOP;

    -- Money: who sees a feature sees what was paid for it and by what; only who edits everywhere writes.
    PERFORM policy_set('fund_source', 'SELECT', anybody);
    PERFORM policy_set('document', 'SELECT', anybody);
    PERFORM policy_set('activity', 'SELECT', sees
        || ' OR EXISTS (SELECT FROM activity_feature WHERE activity_feature.activity = activity.code)');
    FOREACH of_table IN ARRAY ARRAY['activity_fund_source', 'budget', 'link_rule'] LOOP
        PERFORM policy_set(of_table, 'SELECT', sees || format(
            ' OR EXISTS (SELECT FROM activity WHERE activity.code = %I.activity)', of_table
        ));
    END LOOP;
    PERFORM policy_set('transaction', 'SELECT', sees
        || ' OR EXISTS (SELECT FROM allocation WHERE allocation.transaction = transaction.id)');
    FOREACH of_table IN ARRAY ARRAY['transaction_version', 'budget_version', 'allocation_version'] LOOP
        PERFORM policy_set(of_table, 'SELECT', sees);
    END LOOP;
    FOREACH of_table IN ARRAY ARRAY[
        'fund_source', 'document', 'activity', 'activity_fund_source', 'budget', 'transaction', 'link_rule',
        'activity_feature', 'allocation', 'target'
    ] LOOP
        PERFORM policy_set(of_table, command, edits) FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS command;
    END LOOP;

    -- Claims are about the whole county.
    FOREACH of_table IN ARRAY ARRAY['claim_document', 'claim', 'claim_note'] LOOP
        PERFORM policy_set(of_table, 'SELECT', sees);
        PERFORM policy_set(of_table, command, edits || ' OR (SELECT viewer_everywhere(''approve''))')
        FROM unnest(ARRAY['INSERT', 'UPDATE']) AS command;
    END LOOP;

    -- Imports: everybody's own, and all for who sees everything.
    PERFORM policy_set('import', 'SELECT', sees || ' OR imported_by = (SELECT viewer_name())');
    -- What a file is complete for says what the absence of records means, to everybody who asks.
    PERFORM policy_set('import_complete', 'SELECT', anybody);
    PERFORM policy_set('import', command, edits) FROM unnest(ARRAY['INSERT', 'UPDATE']) AS command;
    PERFORM policy_set('import_job', 'SELECT', edits || ' OR created_by = (SELECT viewer_name())');
    PERFORM policy_set('import_job', 'UPDATE', edits || ' OR created_by = (SELECT viewer_name())');
    PERFORM policy_set('import_job', 'INSERT', 'created_by = (SELECT viewer_name()) AND viewer_somewhere(''edit'', layer)');
    PERFORM policy_set('import_mapping', 'SELECT', anybody);
    PERFORM policy_set('import_mapping', command, 'viewer_somewhere(''edit'', layer)')
    FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS command;

    -- Extracts: whoever issued one, and administrators.
    PERFORM policy_set('extract', 'SELECT',
        'issued_by = (SELECT viewer_name()) OR (SELECT viewer_everywhere(''administer''))');
    PERFORM policy_set('extract', 'INSERT', 'issued_by = (SELECT viewer_name())');
    PERFORM policy_set('extract_document', 'SELECT',
        'EXISTS (SELECT FROM extract WHERE extract.number = extract_document.extract)');
    PERFORM policy_set('extract_document', 'INSERT', 'made_by = (SELECT viewer_name())'
        ' AND EXISTS (SELECT FROM extract WHERE extract.number = extract_document.extract)');

    -- Parcels are whoever's made the batch; others read one that is shared. Administrators read and withdraw all.
    PERFORM policy_set('parcel_batch', 'SELECT', owns || ' OR (shared AND (SELECT viewer_sees()))');
    PERFORM policy_set('parcel_batch', 'UPDATE', owns);
    PERFORM policy_set('parcel_batch', 'INSERT', 'created_by = (SELECT viewer_name()) AND (SELECT viewer_sees())');
    PERFORM policy_set('parcel', 'SELECT', 'batch IN (SELECT id FROM parcel_batch)');
    PERFORM policy_set('parcel', 'INSERT',
        'batch IN (SELECT id FROM parcel_batch WHERE created_by = (SELECT viewer_name()))');
    -- What an overlay found is theirs alone who asked for it: it was found with their rights.
    PERFORM policy_set('overlay_job', command, 'created_by = (SELECT viewer_name())')
    FROM unnest(ARRAY['SELECT', 'UPDATE']) AS command;
    PERFORM policy_set('overlay_job', 'INSERT',
        'created_by = (SELECT viewer_name()) AND batch IN (SELECT id FROM parcel_batch)');
    PERFORM policy_set('overlay_result', 'SELECT', 'job IN (SELECT id FROM overlay_job)');
    PERFORM policy_set('idempotency', command, 'actor = (SELECT viewer_name())')
    FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS command;
END
$$;

-- What the program keeps by triggers is its own: they run as their owner. So does what links activities by rules, which
-- looks at features of every place, and what counts versions.
DO $$
DECLARE
    kept record;
BEGIN
    FOR kept IN
        SELECT pg_proc.oid::regprocedure AS signature
        FROM pg_proc
        WHERE pg_proc.pronamespace = 'public'::regnamespace
            AND NOT EXISTS (
                SELECT FROM pg_depend
                WHERE pg_depend.classid = 'pg_proc'::regclass AND pg_depend.objid = pg_proc.oid AND pg_depend.deptype = 'e'
            )
            AND (
                (pg_proc.prorettype = 'trigger'::regtype AND pg_proc.proname NOT LIKE 'procrastinate%')
                OR pg_proc.proname IN ('allocation_hold', 'link_apply', 'tile_version', 'tile_made')
            )
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp', kept.signature);
    END LOOP;
END
$$;

-- Only the program folds and recounts.
REVOKE EXECUTE ON FUNCTION progress_fold(), progress_recount(), money_fold(), money_recount(), tile_fold(date),
tile_fold_layer(text, date), tile_make(text), tile_unmake(text), progress_on_attached(text) FROM public;
