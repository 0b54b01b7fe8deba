INSERT INTO activity_fund_source (activity, fund_source, document)
VALUES (%(activity)s, %(fund_source)s, %(document)s::bigint)
ON CONFLICT ON CONSTRAINT activity_fund_source_key DO UPDATE
SET document = excluded.document;
