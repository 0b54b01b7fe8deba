ALTER TABLE feature DETACH PARTITION {partition};
DROP TABLE {partition};
ALTER TABLE {staging} RENAME TO {partition};
ALTER TABLE feature ATTACH PARTITION {partition} FOR VALUES IN ({layer});
SELECT audit_watch(('feature_of_' || {layer})::regclass, 'feature');
