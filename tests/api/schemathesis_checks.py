"""Checks that schemathesis runs in addition to its own; it imports this module by its name."""

import json
from typing import Any

import schemathesis
from schemathesis.checks import CheckContext
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response

from tests.support.documented_problems import PROBLEM, violation


@schemathesis.check
def documented_problem(_: CheckContext, response: Response, case: schemathesis.Case[Any]) -> None:
    """Refuse a status or code that the operation does not list; `default` allows no others.

    The check of schemathesis accepts any status of an operation with a `default` response.
    """
    operation = case.operation
    if case.method.upper() != operation.method.upper():
        # A probe of another method, which `unsupported_method` checks.
        return
    kinds = response.headers.get("content-type", [])
    code = json.loads(response.content)["code"] if kinds == [PROBLEM] and response.content else None
    message = violation(
        operation.schema.raw_schema, operation.definition.raw, response.status_code, code
    )
    if message is not None:
        raise Failure(operation=operation.label, title="Undocumented problem", message=message)
