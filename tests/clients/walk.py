"""An independent judge: sets a scene in a simulated account and reads what callers would see.

    walk.py ENDPOINT seed                          fills an empty account
    walk.py ENDPOINT callers                       prints what each alias and state machine leads to
    walk.py ENDPOINT move-alias FUNCTION ALIAS VERSION

It knows boto3 and the names of the example in `config/`, and nothing of repoint. Its credentials
are made up, so it cannot reach a real account. It prints JSON with sorted keys.
"""

import argparse
import io
import json
import pathlib
import sys
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

REGION = "us-west-1"
DEFINITION = pathlib.Path(__file__).resolve().parents[2] / "config" / "document_workflow.json"
STATE_MACHINE = "docs-processing-dev"

# The module with the handler, which the settings of the functions name. repoint manages all but
# one, which belongs to somebody else.
FUNCTIONS = {
    "docs-intake-dev": "intake",
    "docs-classifier-dev": "classifier",
    "docs-extractor-dev": "app",
    "docs-archivist-dev": "archivist",
    "ocr-engine-dev": "engine",
}
UNMANAGED = "ocr-engine-dev"

# Code from before: the example's own handlers are a change.
CODE = '''"""The code that was there before."""


def handler(event, context):
    return {{"answered_by": "{function}"}}
'''

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


def main():
    """Does what the command line says."""
    arguments = command_line()
    account = Account(arguments.endpoint)
    match arguments.verb:
        case "seed":
            answer = seed(account)
        case "callers":
            answer = callers(account)
        case "move-alias":
            answer = move_alias(account, arguments)
    json.dump(answer, sys.stdout, indent=2, sort_keys=True)
    print()


def command_line():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("endpoint", help="for example http://127.0.0.1:4500")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("seed")
    verbs.add_parser("callers")
    move = verbs.add_parser("move-alias")
    for name in ("function", "alias", "version"):
        move.add_argument(name)
    return parser.parse_args()


class Account:
    """The clients of the services, all at one endpoint and with credentials that open nothing."""

    def __init__(self, endpoint):
        self.awslambda = client("lambda", endpoint)
        self.states = client("stepfunctions", endpoint)
        self.iam = client("iam", endpoint)
        self.sts = client("sts", endpoint)


def client(service, endpoint):
    """Returns the client of one service."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="walk",
        aws_secret_access_key="walk",
        # A simulated account is there or it is not; waiting hides which.
        config=Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2}),
    )


def seed(account):
    """Creates the role, the functions, a version of each managed one, and the state machine."""
    number = account.sts.get_caller_identity()["Account"]
    role = account.iam.create_role(RoleName="docs-role", AssumeRolePolicyDocument=json.dumps(TRUST))
    role = role["Role"]["Arn"]
    for function, module in FUNCTIONS.items():
        account.awslambda.create_function(
            FunctionName=function,
            Role=role,
            Runtime="python3.12",
            Handler=f"{module}.handler",
            Code={"ZipFile": package(module, CODE.format(function=function))},
        )
    for function in FUNCTIONS:
        account.awslambda.get_waiter("function_active_v2").wait(FunctionName=function)
    for function in FUNCTIONS:
        if function != UNMANAGED:
            account.awslambda.publish_version(FunctionName=function, Description="by hand")
    machine = account.states.create_state_machine(
        name=STATE_MACHINE, roleArn=role, definition=definition(number)
    )
    return {
        "account": number,
        "functions": sorted(FUNCTIONS),
        "role": role,
        "state_machine": machine["stateMachineArn"],
    }


def package(module, text):
    """Returns a zip file with one module; the same text gives the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{module}.py", (1980, 1, 1, 0, 0, 0)), text)
    return file.getvalue()


def definition(account):
    """Returns the example's definition, which calls all functions without a qualifier."""
    text = DEFINITION.read_text(encoding="utf-8")
    values = {"env": "dev", "region": REGION, "account": account, "table": "docs-records-dev"}
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def callers(account):
    """Returns what each alias of each function, and each task of each state machine, leads to."""
    functions = {}
    for page in account.awslambda.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            functions[function["FunctionName"]] = aliases(account, function["FunctionName"])
    machines = {}
    for page in account.states.get_paginator("list_state_machines").paginate():
        for machine in page["stateMachines"]:
            found = account.states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])
            machines[machine["name"]] = calls(json.loads(found["definition"]))
    return {"functions": functions, "state_machines": machines}


def aliases(account, function):
    """Returns what a caller of each alias gets: not what the alias says, but what it leads to."""
    seen = {}
    for page in account.awslambda.get_paginator("list_aliases").paginate(FunctionName=function):
        for alias in page["Aliases"]:
            reached = account.awslambda.get_function(FunctionName=function, Qualifier=alias["Name"])
            reached = reached["Configuration"]
            seen[alias["Name"]] = {
                "version": reached["Version"],
                "code_sha256": reached["CodeSha256"],
                "weights": alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}),
            }
    return seen


def calls(scope, place=""):
    """Returns what each task of a definition calls, nested states as `Outer/Inner`."""
    found = {}
    for name, state in scope.get("States", {}).items():
        path = place + name
        if state["Type"] == "Task":
            request = state.get("Parameters") or state.get("Arguments") or {}
            function = request.get("FunctionName") if isinstance(request, dict) else None
            found[path] = function or state["Resource"]
        inner = [state.get("ItemProcessor"), state.get("Iterator"), *state.get("Branches", [])]
        for nested in filter(None, inner):
            found.update(calls(nested, f"{path}/"))
    return found


def move_alias(account, arguments):
    """Moves an alias as a person at a console would, all traffic to one version."""
    moved = account.awslambda.update_alias(
        FunctionName=arguments.function,
        Name=arguments.alias,
        FunctionVersion=arguments.version,
        RoutingConfig={"AdditionalVersionWeights": {}},
    )
    return {"alias": moved["Name"], "function": arguments.function, "version": moved["FunctionVersion"]}


if __name__ == "__main__":
    try:
        main()
    except (BotoCoreError, ClientError, WaiterError) as error:
        sys.exit(f"walk.py: {error}")
