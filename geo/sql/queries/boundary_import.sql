INSERT INTO import (layer, file, sha256, illustrative, imported_by, report)
VALUES (NULL, %(file)s, %(sha256)s, false, %(by)s, %(report)s::jsonb);
