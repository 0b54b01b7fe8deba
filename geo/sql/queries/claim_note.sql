INSERT INTO claim_note (document, claim, status, note, recorded_by)
SELECT
    claim.document,
    claim.id,
    %(status)s::text,
    %(note)s::text,
    %(by)s::text
FROM claim
WHERE claim.document = %(document)s::text AND claim.id = %(claim)s::text;
