"""The key of the base map: what the settings or a file hold, which browsers send to Tianditu with each tile."""

import logging

from geo.settings import settings

log = logging.getLogger("shanhe")


def tianditu_key() -> str:
    """The key, empty where there is none; a file that cannot be read leaves the map without a base map."""
    file = settings().tianditu_key_file
    if file is None:
        return settings().tianditu_key.get_secret_value().strip()
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        log.warning("SHANHE_TIANDITU_KEY_FILE cannot be read: %s", type(error).__name__)
        return ""
