SELECT audit_note(%(actor)s::text, %(action)s::text, %(subject)s::jsonb);
