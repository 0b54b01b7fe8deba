"""Run with owslib in a place of its own: creates, reads, updates and deletes a feature, and says what it saw."""

import json
import sys

from owslib.ogcapi.features import Features


def main() -> None:
    """Arguments: the landing page and a collection."""
    address, collection = sys.argv[1:]
    sent = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [103.25, 29.2]},
        "properties": {"code": "OWS-1", "name": "甲"},
    }
    reader = Features(address)
    seen: dict[str, object] = {"collections": reader.feature_collections()}
    seen["queryables"] = sorted(reader.collection_queryables(collection)["properties"])
    seen["before"] = reader.collection_items(collection, filter="code = 'OWS-1'")["numberMatched"]
    writer = Features(address, headers={"Content-Type": "application/geo+json"})
    seen["created"] = bool(writer.collection_item_create(collection, json.dumps(sent)))
    found = reader.collection_items(collection, filter="code = 'OWS-1'")["features"][0]
    identity = found["id"]
    seen["read"] = [found["geometry"], found["properties"]["name"]]
    reader.collection_item(collection, identity)
    tag = reader.response_headers["ETag"]
    sent["properties"]["name"] = "乙"  # type: ignore[index]
    stale = Features(address, headers={"Content-Type": "application/geo+json", "If-Match": '"9-x"'})
    try:
        stale.collection_item_update(collection, identity, json.dumps(sent))
    except RuntimeError as error:
        seen["stale"] = json.loads(str(error))["code"]
    editor = Features(address, headers={"Content-Type": "application/geo+json", "If-Match": tag})
    editor.collection_item_update(collection, identity, json.dumps(sent))
    seen["updated"] = reader.collection_item(collection, identity)["properties"]["name"]
    tag = reader.response_headers["ETag"]
    Features(address, headers={"If-Match": tag}).collection_item_delete(collection, identity)
    seen["after"] = reader.collection_items(collection, filter="code = 'OWS-1'")["numberMatched"]
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
