"""Activities and their money."""

from api import models
from api.deps import JSONText, TheDatabase
from api.router import Router
from geo import ledger

router = Router("activities")


@router.get(
    "/api/activities",
    response_model=models.Activities,
    response_class=JSONText,
    summary="项目与资金 / Activities and their money",
)
def activities(database: TheDatabase) -> JSONText:
    """项目、资金渠道、预算和收支，金额为元 / activities, channels, budgets and transactions, in yuan."""
    with database.connection() as connection:
        return JSONText(ledger.activities(connection))
