"""The AWS CLI walks what the first users do by hand: publish, point, roll back, clean up, and a workflow.

    guide.py ENDPOINT

Every command of their guide is typed as they type it, at a simulated account, with the answers and the
refusals that they live with. It prints each command with its exit code and what it said, as JSON. The
CLI runs inside this process, because starting it takes longer than all that it does here. Its
credentials are made up, so it cannot reach a real account.
"""

import contextlib
import io
import json
import pathlib
import re
import sys
import tempfile
import zipfile

from awscli.clidriver import create_clidriver

REGION = "us-west-1"
FUNCTION = "agentic-file-analyzer-dev"
MACHINE = "agentic-processing-workflow-dev"
ROLE = "arn:aws:iam::000000000000:role/agentic"

# Nothing else than these members is shown; times, revisions and identifiers differ from run to run.
SHOWN = {
    "Aliases", "AdditionalVersionWeights", "Configuration", "Description", "FunctionVersion", "Name",
    "RoutingConfig", "Version", "Versions", "definition", "executions", "name", "routingConfiguration",
    "stateMachineAliasArn", "stateMachineAliases", "stateMachineVersionArn", "stateMachineVersions", "status", "weight",
}  # fmt: skip


def main():
    """Does what the command line says."""
    with tempfile.TemporaryDirectory() as folder:
        walk = Walk(sys.argv[1], pathlib.Path(folder))
        for part in [deploy, release, roll_back, stage_and_promote, shift, clean_up, workflow]:
            part(walk)
        print(json.dumps(walk.steps, indent=2))


def deploy(walk):
    """The first deployment: version 1, and LIVE on it."""
    walk.says(
        f"lambda create-function --function-name {FUNCTION} --runtime python3.13 --role {ROLE}"
        f" --handler file_analyzer.handler --zip-file fileb://{walk.package('first')}"
    )
    walk.says(f"lambda wait function-active-v2 --function-name {FUNCTION}")
    walk.says(f"lambda publish-version --function-name {FUNCTION} --description first")
    walk.says(f"lambda create-alias --function-name {FUNCTION} --name LIVE --function-version 1")
    walk.refuses(f"lambda create-alias --function-name {FUNCTION} --name LIVE --function-version 1")


def release(walk):
    """The second one: version 2, the way back first."""
    walk.says(
        f"lambda update-function-code --function-name {FUNCTION} --zip-file fileb://{walk.package('second')}"
    )
    walk.says(f"lambda wait function-updated-v2 --function-name {FUNCTION}")
    walk.says(f"lambda publish-version --function-name {FUNCTION} --description second")
    walk.says(f"lambda create-alias --function-name {FUNCTION} --name ROLLBACK --function-version 1")
    walk.says(f"lambda update-alias --function-name {FUNCTION} --name LIVE --function-version 2")
    # Nothing changed since, so there is no version 3.
    walk.says(f"lambda publish-version --function-name {FUNCTION} --description again")
    walk.says(f"lambda list-versions-by-function --function-name {FUNCTION}")
    walk.says(f"lambda list-aliases --function-name {FUNCTION}")


def roll_back(walk):
    """LIVE goes back to version 1, and forward again."""
    walk.says(f"lambda update-alias --function-name {FUNCTION} --name LIVE --function-version 1")
    walk.says(f"lambda get-alias --function-name {FUNCTION} --name LIVE")
    walk.says(f"lambda get-function --function-name {FUNCTION}:LIVE")
    walk.refuses(f"lambda get-function --function-name {FUNCTION} --qualifier 3")
    walk.refuses(f"lambda update-alias --function-name {FUNCTION} --name LIVE --function-version 3")
    stale = "00000000-0000-0000-0000-000000000000"
    walk.refuses(
        f"lambda update-alias --function-name {FUNCTION} --name LIVE --function-version 2 --revision-id {stale}"
    )


def stage_and_promote(walk):
    """STAGING is tried before LIVE gets the same version."""
    walk.says(f"lambda create-alias --function-name {FUNCTION} --name STAGING --function-version 1")
    walk.says(f"lambda update-alias --function-name {FUNCTION} --name STAGING --function-version 2")
    walk.says(f"lambda update-alias --function-name {FUNCTION} --name LIVE --function-version 2")


def shift(walk):
    """LIVE is shared between two versions for a while."""
    walk.says(
        f"lambda update-alias --function-name {FUNCTION} --name LIVE --function-version 1"
        " --routing-config AdditionalVersionWeights={2=0.1}"
    )
    # What is not said stays: the weights would follow LIVE to version 2.
    walk.refuses(f"lambda update-alias --function-name {FUNCTION} --name LIVE --function-version 2")
    walk.says(
        f"lambda update-alias --function-name {FUNCTION} --name LIVE --function-version 2"
        " --routing-config AdditionalVersionWeights={}"
    )


def clean_up(walk):
    """A version that an alias needs stays; what nothing needs goes."""
    walk.refuses(f"lambda delete-function --function-name {FUNCTION} --qualifier 1")
    walk.says(f"lambda delete-alias --function-name {FUNCTION} --name ROLLBACK")
    walk.says(f"lambda delete-function --function-name {FUNCTION} --qualifier 1")
    walk.refuses(f"lambda delete-function --function-name {FUNCTION} --qualifier $LATEST")
    walk.says(f"lambda list-versions-by-function --function-name {FUNCTION}")


def workflow(walk):
    """The workflow calls the alias, has versions of its own, and runs."""
    arn = f"arn:aws:states:{REGION}:000000000000:stateMachine:{MACHINE}"
    for name, qualifier in [("first", ""), ("second", ":LIVE")]:
        walk.write(f"{name}.json", definition(f"{FUNCTION}{qualifier}"))
    walk.says(
        f"stepfunctions create-state-machine --name {MACHINE} --role-arn {ROLE}"
        f" --definition file://{walk.folder}/first.json"
    )
    walk.says(
        f"stepfunctions update-state-machine --state-machine-arn {arn} --publish"
        f" --definition file://{walk.folder}/second.json --version-description second"
    )
    walk.says(f"stepfunctions describe-state-machine --state-machine-arn {arn}")
    walk.says(f"stepfunctions list-state-machine-versions --state-machine-arn {arn}")
    routing = f"stateMachineVersionArn={arn}:1,weight=100"
    walk.says(f"stepfunctions create-state-machine-alias --name LIVE --routing-configuration {routing}")
    walk.says(f"stepfunctions list-state-machine-aliases --state-machine-arn {arn}")
    walk.refuses(f"stepfunctions delete-state-machine-version --state-machine-version-arn {arn}:1")
    walk.says(f"stepfunctions start-execution --state-machine-arn {arn}:LIVE --name run")
    walk.says(f"stepfunctions list-executions --state-machine-arn {arn} --status-filter RUNNING")
    execution = f"{arn.replace('stateMachine', 'execution')}:run"
    walk.says(f"stepfunctions stop-execution --execution-arn {execution}")
    walk.says(f"stepfunctions describe-execution --execution-arn {execution}")


def definition(function):
    """Returns a workflow of one step."""
    invoke = {"FunctionName": function, "Payload.$": "$"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": invoke, "End": True}
    return json.dumps({"StartAt": "Analyze", "States": {"Analyze": task}})


class Walk:
    """The CLI, and what it said so far."""

    def __init__(self, endpoint, folder):
        self.endpoint = endpoint
        self.folder = folder
        self.steps = []

    def write(self, name, text):
        """Writes a file for a command."""
        (self.folder / name).write_text(text)

    def package(self, release):
        """Writes the code of a release, and returns its path."""
        path = self.folder / f"{release}.zip"
        with zipfile.ZipFile(path, "w") as package:
            code = f"def handler(event, context):\n    return {release!r}\n"
            package.writestr(zipfile.ZipInfo("file_analyzer.py"), code)
        return path

    def says(self, command):
        """Runs a command that must succeed."""
        code, said, error = self.run(command)
        if code != 0:
            sys.exit(f"`aws {command}` ended with {code}: {error}")
        self.steps[-1]["says"] = shown(json.loads(said)) if said.strip() else None

    def refuses(self, command):
        """Runs a command that must be refused."""
        code, _, error = self.run(command)
        if code == 0:
            sys.exit(f"`aws {command}` was not refused")
        self.steps[-1]["refused"] = re.sub(r"\s+", " ", error).strip()

    def run(self, command):
        """Runs a command; notes it with its exit code."""
        said, error = io.StringIO(), io.StringIO()
        arguments = ["--endpoint-url", self.endpoint, "--region", REGION, "--output", "json"]
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(error):
            code = create_clidriver().main([*command.split(), *arguments])
        typed = command.replace(str(self.folder), "DIR")
        self.steps.append({"aws": typed, "exit": code})
        return code, said.getvalue(), error.getvalue()


def shown(answer):
    """Returns the members of an answer that are the same in every run."""
    if isinstance(answer, list):
        return [shown(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    kept = {key: shown(value) for key, value in answer.items() if key in SHOWN}
    weights = answer.get("AdditionalVersionWeights")
    return {"AdditionalVersionWeights": weights} if weights else kept


if __name__ == "__main__":
    main()
