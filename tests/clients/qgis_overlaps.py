"""Run by the Python that QGIS has: native:calculatevectoroverlaps of parcels and layers, as JSON on standard output."""

import json
import sys

sys.path.append("/usr/share/qgis/python/plugins")
from qgis.analysis import QgsNativeAlgorithms
from qgis.core import QgsApplication, QgsProcessingContext, QgsProcessingFeedback, QgsProject, QgsVectorLayer

path, *tables = sys.argv[1:]
QgsApplication.setPrefixPath("/usr", True)
program = QgsApplication([], False)
program.initQgis()
program.processingRegistry().addProvider(QgsNativeAlgorithms())
project = QgsProject.instance()
layers = {name: QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in ("parcel", *tables)}
assert all(layer.isValid() for layer in layers.values())
project.addMapLayers(list(layers.values()), False)
project.setCrs(layers["parcel"].crs())
project.setEllipsoid("EPSG:7019")  # GRS 80
context = QgsProcessingContext()
context.setProject(project)
algorithm = program.processingRegistry().createAlgorithmById("native:calculatevectoroverlaps")
asked = {"INPUT": layers["parcel"], "LAYERS": [layers[name] for name in tables], "OUTPUT": "memory:"}
results, done = algorithm.run(asked, context, QgsProcessingFeedback())
assert done
found = {
    feature["parcel"]: {name: feature[f"{name}_area"] for name in tables}
    for feature in context.getMapLayer(results["OUTPUT"]).getFeatures()
}
print(json.dumps(found))
sys.stdout.flush()
program.exitQgis()
