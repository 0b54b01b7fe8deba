SELECT
    claim.document,
    claim.id,
    claim.locator AS section,
    claim.system,
    claim.metric,
    claim.value,
    claim.unit,
    claim.kind,
    claim.as_of,
    coalesce(claim.scope, '') AS scope,
    claim.sentence,
    claim_document.year
FROM claim
INNER JOIN claim_document ON claim_document.code = claim.document
WHERE %(document)s::text IS NULL OR claim.document = %(document)s::text
ORDER BY claim_document.year DESC, claim.document, claim.place;
