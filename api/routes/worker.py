"""The service worker, at the root so that it serves every page, and the page that it shows without a network."""

from starlette.responses import HTMLResponse, Response

from api.deps import TheLanguage
from api.router import Router
from web.worker import CONTENT_SECURITY_POLICY, offline_page, worker_script

router = Router()


@router.get("/worker.js", include_in_schema=False)
def worker() -> Response:
    """The script; browsers ask for it anew and take it up where a byte of it changed."""
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-cache"}
    return Response(worker_script(), media_type="text/javascript", headers=headers)


@router.get("/offline", response_class=HTMLResponse, include_in_schema=False)
def offline(language: TheLanguage) -> HTMLResponse:
    """Kept by the worker for when there is no network."""
    return HTMLResponse(offline_page(language))
