-- Who did what to which record, from below: whatever changes a watched table leaves an event in the same transaction.

-- The tables that hold the bureau's records, each with what its events are called and how a row of it is told.
--   keys     which row it is
--   about    the columns that say so to people
--   verbs    what an insert, an update and a delete are called
--   gone     the column that marks a row as gone, and what setting and emptying it are called
--   actors   the columns in which the program writes who did it
--   hidden   of these only that they changed
--   skipped  columns that change by themselves
--   most     a statement that updates or deletes more rows than this leaves one event with their number; where earlier
--            states are kept, few are enough
CREATE OR REPLACE FUNCTION audit_watched() RETURNS TABLE (
    of_table text, noun text, keys text[], about text[], verbs text[], gone text[], actors text[], hidden text[],
    skipped text[], most integer
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT
        told.of_table, told.noun, told.keys::text[], told.about::text[], told.verbs::text[], told.gone::text[],
        told.actors::text[], told.hidden::text[], told.skipped::text[], told.most
    FROM (
        VALUES
        ('feature', 'feature', '{layer,id}', '{layer,id,code}', '{create,update,remove}',
            '{deleted_at,delete,restore}', '{recorded_by}', '{}', '{version,recorded_at}', 100),
        ('milestone', 'milestone', '{id}', '{id,layer,feature,milestone}', '{create,update,remove}',
            '{revoked_at,revoke,restore}', '{revoked_by,judged_by,recorded_by}', '{}', '{report}', 100),
        ('report', 'report', '{id}', '{id,layer,feature}', '{create,update,remove}',
            '{withdrawn_at,withdraw,restore}', '{recorded_by}', '{}', '{}', 1000),
        ('feature_private', 'personal', '{layer,feature}', '{layer,feature}', '{create,update,delete}',
            NULL, '{}', '{}', '{}', 100),
        ('attachment', 'attachment', '{id}', '{id,layer,feature,name}', '{create,update,delete}',
            NULL, '{recorded_by}', '{}', '{content,thumbnail,report,media_type}', 100),
        ('feature_document', 'feature_document', '{id}', '{id,layer,feature,title,number}', '{create,update,delete}',
            '{withdrawn_at,withdraw,restore}', '{withdrawn_by,recorded_by}', '{}', '{media_type}', 1000),
        ('document', 'document', '{id}', '{id,number}', '{create,update,delete}', NULL, '{}', '{}', '{}', 1000),
        ('fund_source', 'fund_source', '{code}', '{code}', '{create,update,delete}', NULL, '{}', '{}', '{}', 1000),
        ('activity', 'activity', '{code}', '{code}', '{create,update,delete}', NULL, '{}', '{}', '{recorded_at}', 1000),
        ('activity_fund_source', 'funding', '{activity,fund_source}', '{activity,fund_source}',
            '{create,update,delete}', NULL, '{}', '{}', '{}', 1000),
        ('activity_feature', 'link', '{activity,layer,feature}', '{activity,layer,feature}', '{create,update,delete}',
            NULL, '{}', '{}', '{}', 100),
        ('link_rule', 'link_rule', '{id}', '{id,activity,layer}', '{create,update,delete}',
            NULL, '{recorded_by}', '{}', '{}', 1000),
        ('budget', 'budget', '{id}', '{id,activity,fund_source,year,phase}', '{create,update,delete}',
            NULL, '{recorded_by}', '{}', '{}', 100),
        ('transaction', 'transaction', '{id}', '{id,activity,voucher}', '{create,update,remove}',
            '{withdrawn_at,withdraw,restore}', '{recorded_by}', '{}', '{version,recorded_at}', 100),
        ('allocation', 'allocation', '{transaction,layer,feature}', '{transaction,layer,feature}',
            '{create,update,delete}', NULL, '{recorded_by}', '{}', '{}', 100),
        ('target', 'target', '{id}', '{id,layer,measure,milestone,org_unit}', '{create,update,delete}',
            NULL, '{}', '{}', '{}', 1000),
        ('claim', 'claim', '{document,id}', '{document,id}', '{create,update,delete}',
            NULL, '{recorded_by}', '{}', '{}', 1000),
        ('claim_document', 'checked_document', '{code}', '{code}', '{create,update,delete}', NULL, '{}', '{}', '{}', 1000),
        ('claim_note', 'judgement', '{id}', '{id,document,claim}', '{create,update,delete}',
            NULL, '{recorded_by}', '{}', '{}', 1000),
        ('import', 'import', '{id}', '{id,layer,file}', '{create,update,delete}',
            '{undone_at,undo,restore}', '{undone_by,imported_by}', '{}', '{}', 100),
        ('import_complete', 'complete', '{import,org_unit}', '{import,layer,org_unit,as_of}', '{create,update,delete}',
            '{undone_at,undo,restore}', '{stated_by}', '{}', '{}', 1000),
        ('import_mapping', 'mapping', '{layer,name}', '{layer,name}', '{create,update,delete}',
            NULL, '{saved_by}', '{}', '{}', 1000),
        ('org_unit', 'org_unit', '{code}', '{code}', '{create,update,delete}', NULL, '{}', '{}', '{}', 1000),
        ('org_unit_former', 'org_unit_former', '{code}', '{code}', '{create,update,delete}', NULL, '{}', '{}', '{}', 1000),
        ('account', 'account', '{id}', '{name}', '{create,update,delete}',
            '{disabled_at,disable,enable}', '{}', '{password_hash}', '{}', 1000),
        ('role_grant', 'role', '{account,role,org_unit}', '{account,role,org_unit}', '{grant,grant,revoke}',
            NULL, '{granted_by}', '{}', '{}', 1000),
        ('token', 'token', '{id}', '{id,account,name}', '{create,update,delete}',
            '{revoked_at,revoke,restore}', '{}', '{hash}', '{seen_at}', 1000),
        ('parcel_batch', 'parcel_batch', '{id}', '{id,name}', '{create,update,delete}',
            '{withdrawn_at,withdraw,restore}', '{created_by}', '{}', '{version,notes,problems}', 1000),
        ('parcel', 'parcel', '{id}', '{id,batch,number}', '{create,update,delete}',
            NULL, '{}', '{attributes}', '{problems}', 1000),
        ('extract', 'extract', '{number}', '{number,layer,feature}', '{issue,update,delete}',
            NULL, '{issued_by}', '{}', '{content,county,year,serial,fingerprint,request_key}', 1000),
        ('extract_document', 'extract_document', '{extract,sha256}', '{extract,format}', '{create,update,delete}',
            NULL, '{made_by}', '{}', '{size,made_at}', 1000)
    ) AS told (of_table, noun, keys, about, verbs, gone, actors, hidden, skipped, most)
$$;

-- Who acts: whoever the transaction belongs to; else whom the program names; else whom the row names, if it was written
-- just now; else who is connected. The role of the web server cannot name anybody.
CREATE OR REPLACE FUNCTION audit_actor(before jsonb, after jsonb, actors text[]) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    acting CONSTANT text := viewer_name();
BEGIN
    IF acting IS NOT NULL THEN
        RETURN acting;
    END IF;
    -- A statement could take the context away before its triggers run: it must not then go by what it says itself.
    IF session_user = 'shanhe_web' OR current_setting('role', true) = 'shanhe_web' THEN
        RAISE EXCEPTION 'nobody acts in this transaction' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN coalesce(
        nullif(current_setting('shanhe.actor', true), ''),
        (
            SELECT after ->> listed.name
            FROM unnest(actors) WITH ORDINALITY AS listed (name, place)
            WHERE after ->> listed.name <> '' AND after -> listed.name IS DISTINCT FROM before -> listed.name
            ORDER BY listed.place
            LIMIT 1
        ),
        session_user
    );
END
$$;

-- Some members of an object, without those that are null.
CREATE OR REPLACE FUNCTION audit_part(whole jsonb, members text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_object_agg(member.key, member.value)
    FROM jsonb_each(whole) AS member
    WHERE member.key = ANY (members) AND jsonb_typeof(member.value) <> 'null'
$$;

-- The members of one object that another does not have or has otherwise, without those that are null.
CREATE OR REPLACE FUNCTION audit_other(one jsonb, other jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_object_agg(member.key, member.value)
    FROM jsonb_each(one) AS member
    WHERE jsonb_typeof(member.value) <> 'null' AND member.value IS DISTINCT FROM other -> member.key
$$;

-- What an event says of a row: the columns that differ from another state of it. Of attributes those that differ; of
-- what is hidden or personal only that it is there; of a geometry its hash; of an import's report the numbers.
CREATE OR REPLACE FUNCTION audit_told(of_table text, one jsonb, other jsonb, hidden text[]) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(told.key, told.value)
    FROM (
        SELECT
            member.key,
            CASE
                WHEN member.key = ANY (hidden) THEN '"***"'
                WHEN member.key = 'geom' THEN to_jsonb(encode(sha256(convert_to(member.value::text, 'UTF8')), 'hex'))
                WHEN of_table = 'import' AND member.key = 'report' THEN audit_part(
                    member.value, '{rows,new,changed,unchanged,refused,removed}'
                )
                WHEN member.key = 'attributes' THEN (
                    SELECT jsonb_object_agg(
                        attribute.key,
                        CASE
                            WHEN of_table = 'feature_private' OR EXISTS (
                                SELECT FROM layer
                                WHERE layer.code = one ->> 'layer' AND attribute.key = ANY (layer.private)
                            ) THEN '"***"'
                            ELSE attribute.value
                        END
                    )
                    FROM jsonb_each(audit_other(member.value, coalesce(other -> 'attributes', '{}'))) AS attribute
                )
                ELSE member.value
            END AS value
        FROM jsonb_each(audit_other(one, coalesce(other, '{}'))) AS member
    ) AS told
    WHERE told.value IS NOT NULL
$$;

-- What a row is about, with the code of its feature and the name of its account.
CREATE OR REPLACE FUNCTION audit_subject(of_table text, one jsonb, about text[]) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT audit_part(one, about) || jsonb_strip_nulls(jsonb_build_object(
        'code', coalesce(
            one ->> 'code',
            (
                SELECT feature.code FROM feature
                WHERE feature.layer = one ->> 'layer' AND feature.id = (one ->> 'feature')::uuid
            )
        ),
        'account', CASE
            WHEN of_table = 'account' THEN one ->> 'name'
            WHEN one ? 'account' THEN (SELECT account.name FROM account WHERE account.id = (one ->> 'account')::bigint)
        END
    ))
$$;

-- The codes in what events are about, by which people look for them.
CREATE OR REPLACE FUNCTION audit_codes(VARIADIC subjects jsonb[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT member.value), '{}')
    FROM unnest(subjects) AS subject
    CROSS JOIN jsonb_each_text(subject) AS member
    WHERE member.key IN ('code', 'activity', 'account', 'document', 'claim', 'voucher', 'number', 'extract')
        OR (member.key = 'id' AND subject ? 'document')
$$;

CREATE OR REPLACE FUNCTION audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    watched record;
    touched bigint;
    alike boolean;
    first_old jsonb;
    first_new jsonb;
    olds jsonb[];
    news jsonb[];
    -- The import whose rows these are, which only the program itself can say.
    within CONSTANT bigint := CASE WHEN viewer_name() IS NULL THEN nullif(current_setting('shanhe.import', true), '') END;
BEGIN
    SELECT * INTO STRICT watched FROM audit_watched() AS each WHERE each.of_table = TG_ARGV[0];
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO audit_event (actor, action, subject)
        VALUES (audit_actor(NULL, NULL, '{}'), watched.noun || '.truncate', '{}');
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT count(*) INTO touched FROM new_rows;
    ELSE
        SELECT count(*) INTO touched FROM old_rows;
    END IF;
    IF touched = 0 THEN
        RETURN NULL;
    END IF;
    IF touched <= (CASE WHEN TG_OP = 'INSERT' THEN 100 ELSE watched.most END) THEN
        IF TG_OP <> 'INSERT' THEN
            SELECT array_agg(to_jsonb(old_rows) - watched.skipped) INTO olds FROM old_rows;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            SELECT array_agg(to_jsonb(new_rows) - watched.skipped) INTO news FROM new_rows;
        END IF;
        PERFORM audit_each(watched.of_table, olds, news, within);
        RETURN NULL;
    END IF;
    -- The first of the old rows is the first of the new ones: both are kept in the order in which they were written.
    IF TG_OP <> 'INSERT' THEN
        SELECT to_jsonb(old_rows) INTO first_old FROM old_rows LIMIT 1;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT to_jsonb(new_rows) INTO first_new FROM new_rows LIMIT 1;
    END IF;
    IF coalesce(first_new, first_old) ? 'layer' THEN
        IF TG_OP = 'DELETE' THEN
            SELECT bool_and(old_rows.layer = first_old ->> 'layer') INTO alike FROM old_rows;
        ELSE
            SELECT bool_and(new_rows.layer = first_new ->> 'layer') INTO alike FROM new_rows;
        END IF;
    END IF;
    INSERT INTO audit_event (actor, action, subject)
    VALUES (
        audit_actor(first_old, first_new, watched.actors),
        watched.noun || '.' || audit_verb(watched.verbs, watched.gone, first_old, first_new),
        jsonb_strip_nulls(jsonb_build_object(
            'rows', touched,
            'layer', CASE WHEN alike THEN coalesce(first_new, first_old) -> 'layer' END,
            'import', within
        ))
    );
    RETURN NULL;
END
$$;

-- What a change of a row is called.
CREATE OR REPLACE FUNCTION audit_verb(verbs text[], gone text[], before jsonb, after jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN before IS NULL THEN verbs[1]
        WHEN after IS NULL THEN verbs[3]
        WHEN before ->> gone[1] IS NULL AND after ->> gone[1] IS NOT NULL THEN gone[2]
        WHEN before ->> gone[1] IS NOT NULL AND after ->> gone[1] IS NULL THEN gone[3]
        ELSE verbs[2]
    END
$$;

-- An event for each row, its two states found by its keys; a row that was written as it was leaves none.
CREATE OR REPLACE FUNCTION audit_each(changed text, olds jsonb[], news jsonb[], within bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO audit_event (actor, action, codes, subject, old, new)
    SELECT
        audit_actor(pair.before, pair.after, watched.actors),
        watched.noun || '.' || audit_verb(watched.verbs, watched.gone, pair.before, pair.after),
        audit_codes(was.subject, becomes.subject),
        coalesce(becomes.subject, was.subject)
        || CASE WHEN within IS NULL THEN '{}' ELSE jsonb_build_object('import', within) END,
        -- What the subject says is not said again of a row that came or went.
        audit_told(changed, pair.before, coalesce(pair.after, was.said), watched.hidden),
        audit_told(changed, pair.after, coalesce(pair.before, becomes.said), watched.hidden)
    FROM audit_watched() AS watched
    CROSS JOIN LATERAL (
        SELECT coalesce(earlier.place, later.place) AS place, earlier.row AS before, later.row AS after
        FROM unnest(olds) WITH ORDINALITY AS earlier (row, place)
        FULL JOIN unnest(news) WITH ORDINALITY AS later (row, place)
            ON audit_part(earlier.row, watched.keys) = audit_part(later.row, watched.keys)
    ) AS pair
    CROSS JOIN LATERAL (
        SELECT
            audit_subject(changed, pair.before, watched.about) AS subject,
            audit_part(pair.before, watched.about) AS said
    ) AS was
    CROSS JOIN LATERAL (
        SELECT
            audit_subject(changed, pair.after, watched.about) AS subject,
            audit_part(pair.after, watched.about) AS said
    ) AS becomes
    WHERE watched.of_table = changed AND pair.before IS DISTINCT FROM pair.after
    ORDER BY pair.place
$$;

-- Has a table leave events; of the features each partition too, for statements that name it instead of them.
CREATE OR REPLACE FUNCTION audit_watch(watched regclass, of_table text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    event record;
BEGIN
    FOR event IN
        SELECT *
        FROM (
            VALUES
            ('audit_inserted', 'INSERT', 'REFERENCING NEW TABLE AS new_rows'),
            ('audit_updated', 'UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
            ('audit_deleted', 'DELETE', 'REFERENCING OLD TABLE AS old_rows'),
            ('audit_truncated', 'TRUNCATE', '')
        ) AS listed (name, command, transition)
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION audit_change(%L)',
            event.name, event.command, watched, event.transition, of_table
        );
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', watched, event.name);
    END LOOP;
END
$$;

-- What the program says by itself: signing in, reading personal data, taking files away. Whoever acts does so under
-- their own name, and can say no more than that.
CREATE OR REPLACE FUNCTION audit_note(by_actor text, action text, subject jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    acting CONSTANT text := viewer_name();
    given CONSTANT text := audit_actor(NULL, NULL, '{}');
BEGIN
    IF acting IS NOT NULL AND action !~ '^[a-z_]+[.](read|export)$' THEN
        RAISE EXCEPTION '% is not for whoever acts to say', action USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO audit_event (actor, action, codes, subject)
    VALUES (
        CASE WHEN acting IS NULL AND by_actor <> '' THEN by_actor ELSE given END,
        action, audit_codes(subject), subject
    );
END
$$;

-- What was noted stays noted, also for the owner.
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only added to'
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'audit_append_only';
END
$$;

CREATE OR REPLACE FUNCTION audit_wait() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_unsealed (event) SELECT id FROM new_rows;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER audit_event_waits
AFTER INSERT ON audit_event REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION audit_wait();
ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_waits;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['audit_event', 'audit_seal', 'audit_chain'] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()',
            kept
        );
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER audit_append_only', kept);
    END LOOP;
    PERFORM audit_watch(to_regclass(quote_ident(of_table)), of_table) FROM audit_watched();
    PERFORM audit_watch(inhrelid::regclass, 'feature') FROM pg_inherits WHERE inhparent = 'feature'::regclass;
END
$$;
