INSERT INTO import (file, sha256, imported_by, report)
VALUES (%(file)s::text, %(sha256)s::text, %(by)s::text, %(report)s::jsonb)
RETURNING id;
