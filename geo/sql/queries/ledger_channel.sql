-- A document once stated for an activity's channel stays where a later entry names none.
INSERT INTO activity_fund_source AS kept (activity, fund_source, document)
VALUES (%(activity)s::text, %(fund_source)s::text, %(document)s::bigint)
ON CONFLICT ON CONSTRAINT activity_fund_source_key DO UPDATE
SET document = coalesce(kept.document, excluded.document);
