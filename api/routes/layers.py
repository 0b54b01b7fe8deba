"""The declared layers."""

from api import models
from api.deps import TheDatabase
from api.router import Router
from geo import feature, vocabulary

router = Router("layers")


@router.get("/api/layers", response_model=models.Layers, response_model_exclude_unset=True, summary="图层 / Layers")
def layers(database: TheDatabase) -> object:
    """全部图层：口径、节点、公开属性 / all layers with measures, milestones and public columns."""
    with database.connection() as connection:
        return vocabulary.document(feature.counts(connection), feature.invented(connection))
