"""Run by QGIS' own Python: reads collections as a planner's QGIS does and says what it found as JSON."""

import json
import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsRectangle,
    QgsVectorLayer,
)


def read(address: str, collection: str, bounds: list[float]) -> dict[str, object]:
    """What a layer holds in all and in a box: codes, positions of points, fields."""
    layer = QgsVectorLayer(f"url='{address}' typename='{collection}'", collection, "OAPIF")
    if not layer.isValid():
        return {"valid": False, "error": layer.error().message()}
    box = QgsFeatureRequest().setFilterRect(QgsRectangle(*bounds))
    extent = layer.extent()
    features = list(layer.getFeatures())
    return {
        "valid": True,
        "crs": layer.crs().authid(),
        "count": layer.featureCount(),
        "fields": {field.name(): field.typeName() for field in layer.fields()},
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        "wkt": {each["code"]: each.geometry().asWkt(9) for each in features},
        "inside": [each["code"] for each in layer.getFeatures(box)],
    }


def main() -> None:
    """Arguments: the landing page, a box as JSON, and collections."""
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    address, bounds, *collections = sys.argv[1:]
    print(json.dumps({each: read(address, each, json.loads(bounds)) for each in collections}))
    application.exitQgis()


if __name__ == "__main__":
    main()
