"""The rules: every module here that makes one, in alphabetical order."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from geo.claims.book import Book, Finding, Rule


@cache
def rules() -> dict[str, Rule]:
    """All rules by code."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {rule.code: rule for module in modules for rule in vars(module).values() if isinstance(rule, Rule)}


def findings(book: Book) -> Iterator[Finding]:
    """What all rules find in the claims of a document."""
    for rule in rules().values():
        for finding in rule.find(book):
            yield replace(finding, rule=rule.code)
