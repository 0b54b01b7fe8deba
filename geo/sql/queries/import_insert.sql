INSERT INTO import (layer, file, sha256, illustrative, imported_by, report)
VALUES (%(layer)s, %(file)s, %(sha256)s, %(illustrative)s, %(by)s, '{}')
RETURNING id;
