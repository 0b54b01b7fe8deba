SELECT fingerprint
FROM program;
