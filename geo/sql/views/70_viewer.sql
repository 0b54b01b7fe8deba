-- Who asks: found out here from the secret that came with a request, for one transaction, and sealed so that no
-- statement can say it of itself. Without it there is nobody, and nobody sees anything.

-- The seal of a context in this transaction of this connection; NULL for NULL.
CREATE OR REPLACE FUNCTION viewer_seal(context text) RETURNS text
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT encode(sha256(viewer_key.key || sha256(viewer_key.key || convert_to(
        concat_ws(' ', pg_backend_pid(), extract(EPOCH FROM now()), context), 'UTF8'
    ))), 'hex')
    FROM viewer_key
$$;
REVOKE EXECUTE ON FUNCTION viewer_seal(text) FROM public;

-- What an account may do: for each verb whether everywhere, else where. A key is a unit ('511132100'), a layer
-- ('hazard_point') or a layer in a unit ('hazard_point/511132100'). only narrows to some verbs, NULL to none.
CREATE OR REPLACE FUNCTION viewer_rights(of_account bigint, only_verbs text[]) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH granted AS (
        SELECT
            role_verb.verb,
            role_grant.org_unit,
            role_grant.layers,
            role_grant.org_unit IS NULL OR NOT EXISTS (
                SELECT FROM org_unit WHERE org_unit.parent IS NULL AND org_unit.code <> role_grant.org_unit
            ) AND EXISTS (
                SELECT FROM org_unit WHERE org_unit.parent IS NULL AND org_unit.code = role_grant.org_unit
            ) AS everywhere
        FROM role_grant
        INNER JOIN role_verb ON role_verb.role = role_grant.role
        WHERE role_grant.account = of_account AND (only_verbs IS NULL OR role_verb.verb = ANY (only_verbs))
    ),
    reach AS (
        SELECT granted.verb, concat_ws('/', named.layer, below.unit) AS key
        FROM granted
        LEFT JOIN LATERAL (
            SELECT unit FROM org_unit_ancestor WHERE ancestor = granted.org_unit AND NOT granted.everywhere AND unit <> ''
        ) AS below ON true
        LEFT JOIN LATERAL unnest(granted.layers) AS named (layer) ON true
        WHERE (NOT granted.everywhere OR granted.layers IS NOT NULL)
            AND (granted.everywhere OR below.unit IS NOT NULL)
            AND (granted.layers IS NULL OR named.layer IS NOT NULL)
    )
    SELECT jsonb_build_object(
        'everywhere', coalesce(
            (SELECT jsonb_agg(DISTINCT granted.verb) FROM granted WHERE everywhere AND layers IS NULL), '[]'
        ),
        'keys', coalesce(
            (
                SELECT jsonb_object_agg(by_verb.verb, by_verb.keys)
                FROM (
                    SELECT reach.verb, jsonb_agg(DISTINCT reach.key ORDER BY reach.key) AS keys
                    FROM reach GROUP BY reach.verb
                ) AS by_verb
            ), '{}'
        )
    )
$$;
REVOKE EXECUTE ON FUNCTION viewer_rights(bigint, text[]) FROM public;

-- Begins a transaction for whoever a secret belongs to, to do one thing with what is there; the secret is given as its
-- SHA-256. Errors: SH001 it is nobody's, or no longer; SH002 its password has to be changed
-- first, which a token does not wait for; insufficient_privilege: there is nothing that it may do this with.
CREATE OR REPLACE FUNCTION viewer_enter(credential text, for_verb text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who record;
    context text;
BEGIN
    SELECT account.id, account.name, account.label, account.must_change, found.verbs, found.kind INTO who
    FROM (
        SELECT session.account, NULL::text[] AS verbs, 'session' AS kind
        FROM session
        WHERE session.hash = credential AND session.revoked_at IS NULL AND session.expires_at > now()
            AND session.seen_at + session.idle > now()
        UNION ALL
        SELECT token.account, token.verbs, 'token'
        FROM token
        WHERE token.hash = credential AND token.revoked_at IS NULL AND token.expires_at > now()
        UNION ALL
        -- An overlay that runs acts for whoever asked for it, with no more than that credential allowed.
        SELECT asking.id, overlay_job.verbs, 'job'
        FROM overlay_job
        INNER JOIN account AS asking ON asking.name = overlay_job.created_by
        WHERE overlay_job.hash = credential AND overlay_job.state = 'running'
    ) AS found
    INNER JOIN account ON account.id = found.account
    WHERE account.disabled_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nobody is signed in with this' USING ERRCODE = 'SH001';
    END IF;
    IF who.must_change AND who.kind = 'session' THEN
        RAISE EXCEPTION 'the password of % has to be changed', who.name USING ERRCODE = 'SH002';
    END IF;
    context := jsonb_build_object(
        'account', who.id, 'name', who.name, 'label', who.label, 'kind', who.kind, 'verb', for_verb
    ) || viewer_rights(who.id, who.verbs);
    IF for_verb <> 'view' AND NOT (context::jsonb -> 'everywhere' ? for_verb OR context::jsonb -> 'keys' ? for_verb) THEN
        RAISE EXCEPTION '% may not %', who.name, for_verb USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('shanhe.viewer', context, true), set_config('shanhe.seal', viewer_seal(context), true);
    -- Once a minute is enough, and nobody waits for another request of the same person.
    IF who.kind = 'session' THEN
        UPDATE session SET seen_at = now() WHERE hash = (
            SELECT hash FROM session
            WHERE hash = credential AND seen_at < now() - interval '1 minute' FOR UPDATE SKIP LOCKED
        );
    ELSIF who.kind = 'token' THEN
        UPDATE token SET seen_at = now() WHERE hash = (
            SELECT hash FROM token
            WHERE hash = credential AND coalesce(seen_at, '-infinity') < now() - interval '1 minute'
            FOR UPDATE SKIP LOCKED
        );
    END IF;
    RETURN context;
END
$$;

-- The context of this transaction, NULL where there is none or it is not of our making.
CREATE OR REPLACE FUNCTION viewer_context() RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    context CONSTANT text := nullif(current_setting('shanhe.viewer', true), '');
BEGIN
    -- IS NOT TRUE: a seal that is missing must not pass for one that fits.
    IF (current_setting('shanhe.seal', true) = viewer_seal(context)) IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    RETURN context::jsonb;
END
$$;

-- The name under which changes are recorded, NULL for nobody.
CREATE OR REPLACE FUNCTION viewer_name() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT viewer_context() ->> 'name'
$$;

-- Whether the viewer may do something everywhere; asked NULL is what the transaction was begun for.
CREATE OR REPLACE FUNCTION viewer_everywhere(asked text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(context -> 'everywhere' ? coalesce(asked, context ->> 'verb'), false)
    FROM (SELECT viewer_context() AS context OFFSET 0) AS seen
$$;

-- Where else, see viewer_rights().
CREATE OR REPLACE FUNCTION viewer_keys(asked text) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100 AS $$
    SELECT jsonb_array_elements_text(context -> 'keys' -> coalesce(asked, context ->> 'verb'))
    FROM (SELECT viewer_context() AS context OFFSET 0) AS seen
$$;

-- Whether the viewer may do something in a whole layer, in every place.
CREATE OR REPLACE FUNCTION viewer_in_layer(asked text, of_layer text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT viewer_everywhere(asked) OR EXISTS (SELECT FROM viewer_keys(asked) AS key WHERE key = of_layer)
$$;

-- Whether the viewer sees some of what lies in a unit; who is nobody is the program itself.
CREATE OR REPLACE FUNCTION viewer_place(of_unit text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT viewer_context() IS NULL OR viewer_everywhere(NULL) OR EXISTS (
        SELECT FROM viewer_keys(NULL) AS key
        WHERE split_part(key, '/', -1) = of_unit OR split_part(key, '/', -1) !~ '^[0-9]+$'
    )
$$;

-- Whether the viewer may do something with records of a layer somewhere.
CREATE OR REPLACE FUNCTION viewer_somewhere(asked text, of_layer text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT viewer_everywhere(asked) OR EXISTS (
        SELECT FROM viewer_keys(asked) AS key
        WHERE key = of_layer OR key ~ '^[0-9]+$' OR split_part(key, '/', 1) = of_layer
    )
$$;

-- Where an account may do something with a layer: units, NULL for everywhere. For work that goes on without a request.
CREATE OR REPLACE FUNCTION viewer_units(of_account text, asked text, of_layer text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN rights -> 'everywhere' ? asked OR rights -> 'keys' -> asked ? of_layer THEN NULL
        ELSE ARRAY(
            SELECT split_part(key, '/', -1)
            FROM jsonb_array_elements_text(rights -> 'keys' -> asked) AS key
            WHERE key ~ '^[0-9]+$' OR split_part(key, '/', 1) = of_layer
        )
    END
    FROM (
        SELECT coalesce(
            (SELECT viewer_rights(account.id, NULL) FROM account WHERE name = of_account AND disabled_at IS NULL),
            '{"everywhere": [], "keys": {}}'
        ) AS rights
    ) AS held
$$;
REVOKE EXECUTE ON FUNCTION viewer_units(text, text, text) FROM public;

-- Whether somebody acts who may see something at all.
CREATE OR REPLACE FUNCTION viewer_sees() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(context -> 'everywhere' ? 'view' OR context -> 'keys' ? 'view', false)
    FROM (SELECT viewer_context() AS context OFFSET 0) AS seen
$$;

-- An overlay is asked for by whoever acts, and may what they may now: neither is for a statement to say.
CREATE OR REPLACE FUNCTION overlay_job_asked() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    context CONSTANT jsonb := viewer_context();
BEGIN
    IF context IS NOT NULL THEN
        NEW.created_by := context ->> 'name';
        NEW.verbs := ARRAY(
            SELECT jsonb_array_elements_text(context -> 'everywhere')
            UNION
            SELECT jsonb_object_keys(context -> 'keys')
        );
        NEW.hash := NULL;
        NEW.state := 'waiting';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER overlay_job_asked
BEFORE INSERT ON overlay_job
FOR EACH ROW EXECUTE FUNCTION overlay_job_asked();
