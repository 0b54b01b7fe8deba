UPDATE sign_in SET succeeded = true
WHERE id = %(id)s::bigint;
