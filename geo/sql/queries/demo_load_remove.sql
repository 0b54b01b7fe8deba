-- Places, accounts and parcels stay; the record of the removal keeps the next start from loading the demonstration.
TRUNCATE
feature, feature_version, feature_private, import_private, milestone, report, attachment,
feature_document, feature_document_content, target,
progress_delta, progress_day, progress_month, progress_year,
money_delta, money_day, transaction_version, budget_version, allocation_version, link_rule,
document, fund_source, activity, activity_fund_source, activity_feature, budget, transaction, allocation,
claim, claim_note, claim_document,
import_complete, import;
INSERT INTO import (file, sha256, illustrative, imported_by, report)
VALUES ('demo', '', true, 'demo', '{"removed": true}');
