"""The operations of one noun."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.openapi import problems

_PROBLEMS = problems(
    {
        400: "请求有误 / the question cannot be read",
        401: "未登录 / not signed in",
        403: "不允许 / not allowed",
        404: "找不到 / not found",
        406: "没有这种格式 / not to be had in this format",
        409: "与现有数据冲突 / in conflict with what is there",
        413: "正文过大 / the body is too large",
        422: "参数不可用 / a parameter cannot be used",
        429: "请求过于频繁 / too many requests",
        503: "数据库暂时不可用 / the database cannot answer now",
    }
)


class Router(APIRouter):
    """Operations below some tags, each described with the problems that any can answer.

    An application takes its ``routes`` as they are: routers included in one another work out what every operation asks
    for a second time, when the first request comes.
    """

    def __init__(self, *tags: str, include_in_schema: bool = True) -> None:
        super().__init__(
            tags=list(tags),
            responses=_PROBLEMS,
            generate_unique_id_function=_operation,
            include_in_schema=include_in_schema,
        )


def _operation(route: APIRoute) -> str:
    return f"{route.tags[0] if route.tags else 'page'}-{route.name}"
