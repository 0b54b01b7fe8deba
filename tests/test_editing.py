"""Who may change data: whoever has the right, and never from a page of another origin."""

from people import client_of

from geo.database import Database


def test_a_page_of_another_origin_may_not(placed: Database) -> None:
    with client_of(placed, base_url="http://map.local:8000") as client:

        def answer(**headers: str) -> int:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.post("/api/import-jobs?layer=hazard_point", headers=sent).status_code

        assert answer(origin="http://map.local:8000", sec_fetch_site="same-origin") == 201
        assert answer(origin="http://evil.example") == 403
        assert answer(origin="http://map.local:9000") == 403
        assert answer(origin="null") == 403
        assert answer(sec_fetch_site="cross-site") == 403
